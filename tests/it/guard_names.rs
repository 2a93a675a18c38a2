//! The address guard of names: what counts is what a name leads to when it is sent to, each time it is asked for.

use crate::{
    accounts_cli::{Serving, folder, program, run, text},
    engine::House,
    guard::send_with,
    support::{Receiver, app::settings, browser::Program, until},
};
use async_trait::async_trait;
use serde_json::json;
use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use switchhook::{
    model::{
        delivery::{DeliveryStatus, Outcome},
        explain,
    },
    server::{
        config::{Settings, cidr},
        worker::{
            self,
            resolve::Names,
            send::{HttpSender, public_roots},
        },
    },
};

/// Answers each name with these in turn, the last one for ever; an empty answer is an error.
#[derive(Default)]
struct Told {
    answers: HashMap<&'static str, Vec<Vec<IpAddr>>>,
    /// How often each name was asked for.
    asked: Mutex<HashMap<String, usize>>,
}

impl Told {
    fn new(names: &[(&'static str, &[&str])]) -> Arc<Self> {
        let ips = |text: &&str| text.split_whitespace().map(|ip| ip.parse().unwrap()).collect();
        let answers = names.iter().map(|(name, answers)| (*name, answers.iter().map(ips).collect()));
        Arc::new(Self { answers: answers.collect(), asked: Mutex::default() })
    }
    fn times_asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(name).copied().unwrap_or_default()
    }
}

#[async_trait]
impl Names for Told {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        // Of `12.turning.test` only what follows the number counts.
        let kind = name.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('.');
        let answers = self.answers.get(kind).ok_or(io::ErrorKind::NotFound)?;
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry(name.to_owned()).or_default();
        let answer = answers[(*times).min(answers.len() - 1)].clone();
        *times += 1;
        if answer.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(answer) }
    }
}

/// May reach one address of this machine, in place of the public ones that no test should ask; not 127.0.0.1.
fn sender(names: Arc<Told>) -> HttpSender {
    let allow_targets = vec![cidr("127.0.0.2/32").unwrap()];
    HttpSender::asking(&Settings { allow_targets, ..settings(&[]) }, public_roots(), names).unwrap()
}

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_never_connected_to() {
    let receiver = Receiver::start().await;
    let names = Told::new(&[
        ("loopback.test", &["127.0.0.1"]),
        ("ten.test", &["10.0.0.1"]),
        ("metadata.test", &["169.254.169.254"]),
        ("six.test", &["::1"]),
        ("mapped.test", &["::ffff:127.0.0.1"]),
        ("both.test", &["8.8.8.8 127.0.0.1"]),
        ("both-turned.test", &["127.0.0.1 8.8.8.8"]),
        ("six-of-them.test", &["2606:4700:4700::1111 8.8.8.8 fd00::1"]),
        ("allowed-and-not.test", &["127.0.0.2 127.0.0.1"]),
    ]);
    let sender = sender(names.clone());
    for name in names.answers.keys() {
        for scheme in ["http", "https"] {
            let sent = send_with(&sender, &format!("{scheme}://{name}:{}/", receiver.port()), SOON).await;
            assert_eq!(sent.outcome, Outcome::RefusedAddress, "{scheme}://{name}: {:?}", sent.detail);
            let detail = sent.detail.unwrap();
            assert!(detail.contains("which webhooks must not reach"), "{name}: {detail}");
            assert!(!detail.contains("127.0.0.1"), "{name}: addresses inside are nobody's business: {detail}");
        }
    }
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn by_plain_http_a_name_leads_only_to_what_the_operator_allows() {
    let names = Told::new(&[("public.test", &["8.8.8.8"]), ("half.test", &["127.0.0.2 8.8.8.8"])]);
    let sender = sender(names);
    for name in ["public.test", "half.test"] {
        let sent = send_with(&sender, &format!("http://{name}:9000/"), SOON).await;
        let told = (sent.outcome, sent.detail.as_deref());
        assert_eq!(told, (Outcome::RefusedAddress, Some("This address may be reached by https only.")), "{name}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_after_it_was_looked_at_changes_nothing() {
    let receiver = Receiver::start().await;
    let names =
        Told::new(&[("turning.test", &["127.0.0.2", "127.0.0.1"]), ("turning-back.test", &["127.0.0.1", "127.0.0.2"])]);
    let sender = sender(names.clone());
    for number in 0..250 {
        for _ in 0..2 {
            // Nothing listens there; what counts is that nothing else was tried.
            let url = format!("http://{number}.turning.test:{}/", receiver.port());
            assert_eq!(send_with(&sender, &url, SOON).await.outcome, Outcome::Connect);
            let url = format!("http://{number}.turning-back.test:{}/", receiver.port());
            assert_eq!(send_with(&sender, &url, SOON).await.outcome, Outcome::RefusedAddress);
        }
        assert_eq!(names.times_asked(&format!("{number}.turning.test")), 1, "one answer, for check and connection");
    }
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn a_name_that_had_no_address_at_first_is_looked_at_when_it_has_one() {
    let receiver = Receiver::start().await;
    let names = Told::new(&[("late.test", &["", "", "127.0.0.1"])]);
    let sender = sender(names);
    let url = format!("http://late.test:{}/", receiver.port());
    assert!(switchhook::server::env::Sender::check_url(&sender, &url).is_ok(), "it may be saved");
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        outcomes.push(send_with(&sender, &url, SOON).await.outcome);
    }
    assert_eq!(outcomes, [Outcome::Dns, Outcome::Dns, Outcome::RefusedAddress]);
    assert!(receiver.requests().is_empty());
}

both_databases! {
    async fn a_delivery_to_a_name_that_turned_private_says_so_and_what_may_be_done(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&format!("http://inside.test:{}/", receiver.port())).await;
        house.webhook("http://public.test:9000/").await;
        let names = Told::new(&[("inside.test", &["10.0.0.1"]), ("public.test", &["8.8.8.8"])]);
        let env = app.env_sending(Arc::new(sender(names)));
        let worker = worker::start(&env).await.unwrap();
        let event = crate::engine::event("call.completed", json!({}));
        let permit = app.permit(&house.organization);
        switchhook::server::domain::events::accept(&env, &permit, vec![event]).await.unwrap();
        until("both attempts", async || !house.deliveries().await.iter().any(|d| d.attempt_count == 0)).await;
        for delivery in house.deliveries().await {
            assert_eq!((delivery.status, delivery.outcome), (DeliveryStatus::Pending, Some(Outcome::RefusedAddress)));
            let why = explain::attempt(&house.attempts(delivery.id).await.remove(0));
            let (reason, advice) = if delivery.url.contains("inside") {
                ("must not reach", "Use a public address")
            } else {
                ("reached by https only", "Begin the webhook's URL with https://")
            };
            assert!(why.reason.contains(reason) && why.advice.contains(advice), "{why:?}");
        }
        assert!(receiver.requests().is_empty());
        worker.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_proxy_in_the_surroundings_is_not_asked() {
    let (proxy, receiver, folder) = (Receiver::start().await, Receiver::start().await, folder());
    let through = proxy.url("/");
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let mut command = program(folder.path());
    command.envs(names.map(|name| (name, through.as_str()))).env("SWITCHHOOK_ALLOW_TARGETS", "127.0.0.0/8");
    let serving = Serving::of(command);
    assert!(run(folder.path(), &["organization", "create", "--slug", "acme", "--name", "Acme"]).status.success());
    let key = text(&run(folder.path(), &["api-key", "create", "--organization", "acme", "--name", "test"]).stdout);
    let program = Program::new(&serving.base, key.trim());
    for (url, outcome) in [(receiver.url("/in"), "answered"), ("https://no-such-name.invalid/".into(), "dns")] {
        let made = program.post("/v1/webhooks", json!({"url": url})).await.expect(201).json();
        let path = format!("/v1/webhooks/{}/test", made["id"].as_str().unwrap());
        let tested = program.call("POST", &path, None, &[]).await.expect(200).json();
        assert_eq!(tested["attempt"]["outcome"], outcome, "{tested}");
    }
    assert_eq!(receiver.requests()[0].path, "/in");
    assert!(proxy.requests().is_empty());
}
