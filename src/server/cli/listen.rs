//! `listen`: forwards what an organization's webhooks get to a port of the developer's own machine, so that
//! nobody needs a tunnel to develop a receiver.
//!
//! It asks the server for copies, again and again; nothing comes in from outside. A server that is away
//! for a while is asked again from where it was.

use super::Refusal;
use crate::server::{
    env::{Clock, SystemClock},
    worker::send::public_roots,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use reqwest::{Client, Method, StatusCode, Url};
use serde::Deserialize;
use std::{io::Read, sync::Arc, time::Duration};
use tokio::time::Instant;

/// The variable that the key is read from.
pub const KEY: &str = "SWITCHHOOK_API_KEY";
/// How long the server may wait for something to happen.
const WAIT_SECONDS: &str = "20";
/// Pause before a server that is away is asked again.
const PAUSE: Duration = Duration::from_secs(2);
/// How long the local port may take.
const LOCAL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Args)]
pub struct ListenArguments {
    /// Where to forward to, as http://127.0.0.1:8000/hooks
    #[arg(long, value_parser = address)]
    forward: Url,
    /// The Switchhook to listen to
    #[arg(long, default_value = "http://127.0.0.1:3000", value_parser = address)]
    server: Url,
    /// Only this webhook (wh_…); all if missing
    #[arg(long)]
    webhook: Option<String>,
    /// Read the API key from standard input instead of the variable SWITCHHOOK_API_KEY
    #[arg(long)]
    api_key_stdin: bool,
}

fn address(text: &str) -> Result<Url, String> {
    let read = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    read.ok_or_else(|| "give an address like http://127.0.0.1:8000/hooks".into())
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Heard>,
    next_cursor: String,
    webhooks: usize,
}

#[derive(Deserialize)]
struct Heard {
    event_id: String,
    event_type: String,
    headers: Vec<(String, String)>,
    body_base64: String,
}

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

/// Why no copies came.
enum Trouble {
    /// Asking again may help.
    Away(String),
    /// Asking again does not help.
    Refused(String),
}

/// Forwards until the process is ended.
pub async fn run(given: ListenArguments) -> Result<(), Refusal> {
    let key = key(given.api_key_stdin)?;
    let client = client().map_err(Refusal::Failed)?;
    let (mut cursor, mut told) = (None, false);
    loop {
        match ask(&client, &given, &key, cursor.as_deref()).await {
            Ok(answer) => {
                if cursor.is_none() {
                    greet(&given, answer.webhooks);
                } else if told {
                    eprintln!("The server is back.");
                }
                told = false;
                cursor = Some(answer.next_cursor);
                for heard in answer.data {
                    println!("{}", forward(&client, &given.forward, heard).await);
                }
            }
            Err(Trouble::Refused(why)) => return Err(Refusal::Wrong(why)),
            Err(Trouble::Away(why)) => {
                if !told {
                    eprintln!("{why} Trying again every {} s.", PAUSE.as_secs());
                }
                told = true;
                SystemClock.sleep_until(SystemClock.now().plus(PAUSE)).await;
            }
        }
    }
}

fn key(from_stdin: bool) -> Result<String, Refusal> {
    let missing = || Refusal::Wrong(format!("Give an API key in {KEY}, or on standard input with --api-key-stdin."));
    let text = if from_stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| Refusal::Failed(error.to_string()))?;
        text
    } else {
        std::env::var(KEY).map_err(|_| missing())?
    };
    Some(text.trim().to_owned()).filter(|key| !key.is_empty()).ok_or_else(missing)
}

fn client() -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(|e| e.to_string())?.with_root_certificates(public_roots()).with_no_client_auth();
    #[expect(clippy::disallowed_methods, reason = "asks whom the person at the command line has named, no receiver")]
    let builder = Client::builder();
    let builder = builder.tls_backend_preconfigured(tls).redirect(reqwest::redirect::Policy::none());
    builder.build().map_err(|e| e.to_string())
}

/// Says what happens now, and what to do where nothing will.
fn greet(given: &ListenArguments, webhooks: usize) {
    println!("Listening: new deliveries of {} are forwarded to {}. End with Ctrl-C.", given.server, given.forward);
    if webhooks == 0 {
        println!(
            "This organization has no webhook yet, so nothing is delivered. Add one in the browser under Webhooks; \
             a test inbox will do as its URL. Go on listening meanwhile."
        );
    }
}

async fn ask(client: &Client, given: &ListenArguments, key: &str, cursor: Option<&str>) -> Result<Answer, Trouble> {
    let away = |error: reqwest::Error| Trouble::Away(format!("{} cannot be reached: {}.", given.server, plain(&error)));
    let mut url = given.server.clone();
    url.set_path(&format!("{}/v1/listen", given.server.path().trim_end_matches('/')));
    url.query_pairs_mut().append_pair("wait_seconds", WAIT_SECONDS);
    let more = [("webhook_id", given.webhook.as_deref()), ("cursor", cursor)];
    for (name, value) in more.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        url.query_pairs_mut().append_pair(name, value);
    }
    let answer = client.get(url).bearer_auth(key).timeout(Duration::from_secs(60)).send().await.map_err(away)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(away)?;
    if status.is_success() {
        let unread = |_| Trouble::Refused(format!("{} does not answer as Switchhook does.", given.server));
        return serde_json::from_slice(&body).map_err(unread);
    }
    let said = serde_json::from_slice::<Problem>(&body).map(|problem| problem.detail);
    let said = said.unwrap_or_else(|_| format!("It answered {}.", status.as_u16()));
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Trouble::Away(said));
    }
    Err(Trouble::Refused(match status {
        StatusCode::UNAUTHORIZED => {
            format!("{} does not know this API key: it is wrong, expired or revoked.", given.server)
        }
        StatusCode::NOT_FOUND => format!(
            "There is no webhook {} in the organization of this key.",
            given.webhook.as_deref().unwrap_or_default()
        ),
        _ => said,
    }))
}

/// The innermost cause: what a person can act on.
fn plain(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Hands one copy over; answers a line about it.
async fn forward(client: &Client, to: &Url, heard: Heard) -> String {
    let started = Instant::now();
    let body = STANDARD.decode(&heard.body_base64).unwrap_or_default();
    let mut request = client.request(Method::POST, to.clone()).timeout(LOCAL_TIMEOUT).body(body);
    for (name, value) in &heard.headers {
        request = request.header(name, value);
    }
    let result = match request.send().await {
        Ok(answer) => format!("{}  {} ms", answer.status().as_u16(), started.elapsed().as_millis()),
        Err(error) => format!("no answer: {}", plain(&error)),
    };
    let clock: String = SystemClock.now().rfc3339().chars().skip(11).take(8).collect();
    format!("{clock}  {}  {}  {result}", printable(&heard.event_type), printable(&heard.event_id))
}

/// Names come from elsewhere: what would steer the terminal is left out.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_does_not_steer_the_terminal() {
        assert_eq!(super::printable("call\u{1b}[2Jed\n"), "call[2Jed");
    }
}
