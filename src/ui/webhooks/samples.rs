//! How a receiver verifies what it gets, in six languages: by the platform's own header where it has one, by the
//! token where receivers compare one, and with the libraries of the Standard Webhooks project.

use super::{own_samples::own_samples, token_samples::token_samples};
use crate::{
    model::convention::{Credential, OwnSignature, Wire},
    ui::components::*,
};
use leptos::prelude::*;

/// A receiver in one language.
#[derive(Debug, Clone)]
pub struct Sample {
    pub name: &'static str,
    /// How what it stands on is installed; empty where the language has it all.
    pub install: &'static str,
    pub code: String,
}

/// Language, how its library is installed, and the code.
const STANDARD: [(&str, &str, &str); 6] = [
    ("Node", "npm install standardwebhooks express", include_str!("samples/verify.js")),
    ("Python", "pip install standardwebhooks flask", include_str!("samples/verify.py")),
    ("Go", "go get github.com/standard-webhooks/standard-webhooks/libraries", include_str!("samples/verify.go")),
    (
        "Rust",
        "cargo add standardwebhooks axum && cargo add tokio --features full",
        include_str!("samples/verify.rs.txt"),
    ),
    ("PHP", "composer require standard-webhooks/standard-webhooks", include_str!("samples/verify.php")),
    ("Ruby", "gem install standardwebhooks sinatra rackup puma", include_str!("samples/verify.rb")),
];

/// What the samples answer: 204, or 200 where the convention takes nothing else for success.
const ANSWERS: [(&str, &str); 3] = [("204", "200"), ("NoContent", "OK"), ("NO_CONTENT", "OK")];

fn answering(code: String, answer: u16) -> String {
    if answer == 204 { code } else { ANSWERS.iter().fold(code, |code, (from, to)| code.replace(from, to)) }
}

/// How to verify, with what the platform's receivers know first.
#[component]
pub fn VerifyGuide(wire: Wire) -> impl IntoView {
    let answer = wire.answer;
    let standard = STANDARD.map(|(name, install, code)| Sample { name, install, code: code.to_owned() });
    let title = match (&wire.own, &wire.credential) {
        (None, None) => "Verify the signature",
        _ => "Or by the Standard Webhooks headers",
    };
    view! {
        {wire.own.map(|own| view! { <Own own answer/> })}
        {wire.credential.map(|credential| view! { <Token credential answer/> })}
        <section class="card stack" aria-labelledby="verify">
            <h2 id="verify">{title}</h2>
            <p class="muted">
                "Each delivery carries "<code>"webhook-id"</code>", "<code>"webhook-timestamp"</code>" and "<code>"webhook-signature"</code>
                ". Check them over the body's bytes before you parse it; refuse what does not match."
            </p>
            <p class="muted">
                "The examples read the signing secret from "<code>"WEBHOOK_SECRET"</code>". One of your own that does not begin with "
                <code>"whsec_"</code>" is given to these libraries in base64: "<code>"printf %s 'the secret' | base64 -w0"</code>"."
            </p>
            <Panels group="language" samples=standard.into() answer/>
            <OnlyThis answer/>
        </section>
    }
}

/// Said where a code other than 200 would not do.
#[component]
fn OnlyThis(answer: u16) -> impl IntoView {
    (answer != 204).then(|| {
        view! { <p class="small muted">{format!("Answer with {answer}: other codes do not count as success here, and the delivery is sent again.")}</p> }
    })
}

/// The platform's own signature header.
#[component]
fn Own(own: OwnSignature, answer: u16) -> impl IntoView {
    let encoding = if own.is_hex { "hex" } else { "base64" };
    let signed = match own.signed.as_str() {
        "{{body}}" => view! { "the body's bytes" }.into_any(),
        other => view! { <code>{other.to_owned()}</code> }.into_any(),
    };
    let key = if own.has_decoded_key {
        "The key is what stands in base64 after whsec_ in the signing secret."
    } else {
        "The key is the whole signing secret, whsec_ included."
    };
    let written =
        (own.value != "{{signature}}").then(|| view! { " It is written as "<code>{own.value.clone()}</code>"." });
    let panels = own_samples(&own).map(|samples| view! { <Panels group="own-language" samples answer/> });
    view! {
        <section class="card stack" aria-labelledby="verify-own">
            <h2 id="verify-own">"Verify the signature"</h2>
            <p class="muted">
                "Each delivery carries "<code>{own.header.clone()}</code>": the HMAC-SHA256 of "{signed}", in "{encoding}". "{key}{written}
                " Check it before you parse the body; refuse what does not match."
            </p>
            {panels}
        </section>
    }
}

/// The header that the admin sets, and receivers compare.
#[component]
fn Token(credential: Credential, answer: u16) -> impl IntoView {
    let samples = token_samples(&credential);
    let Credential { header, label, prefix, .. } = credential;
    let written = (!prefix.is_empty()).then(|| {
        let shown = format!("{prefix}…");
        view! { "A bare token goes out as "<code>{shown}</code>"; what you typed with a space in it goes out as it is. " }
    });
    view! {
        <section class="card stack" aria-labelledby="verify-token">
            <h2 id="verify-token">"Check the token"</h2>
            <p class="muted">
                "Each delivery carries "<code>{header}</code>" as you typed it into the field “"{label}"” of the webhook’s settings. "
                {written}"Compare it with the token that your receiver knows, and answer 401 to everything else."
            </p>
            <p class="muted">
                "The token says who sends, and no more: whoever has seen one delivery could send others. The signature of the                  Standard Webhooks headers also covers the body and the time; check it too where you can."
            </p>
            <p class="muted">
                "The examples read the token from "<code>"WEBHOOK_TOKEN"</code>". Once saved it is not shown again: if nobody kept it, type a new one into the field."
            </p>
            <Panels group="token-language" samples answer/>
        </section>
    }
}

/// Tabs that need no scripts: radio buttons, named `group`, show one sample each.
#[component]
fn Panels(group: &'static str, samples: Vec<Sample>, answer: u16) -> impl IntoView {
    let choices = samples.iter().enumerate().map(|(i, sample)| {
        view! { <label><input r#type="radio" name=group checked=i == 0/>{sample.name}</label> }
    });
    let choices = choices.collect_view();
    let panels = samples.into_iter().map(|Sample { name, install, code }| {
        view! {
            <div class="panel stack tight">
                {(!install.is_empty()).then(|| view! { <CodeBlock text=install title="Install"/> })}
                <CodeBlock text=answering(code, answer) title=format!("{name} receiver")/>
            </div>
        }
    });
    view! {
        <div class="panels stack">
            <div class="choices" role="radiogroup" aria-label="Language">{choices}</div>
            {panels.collect_view()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_answer_what_the_convention_takes_for_success() {
        for (name, _, code) in STANDARD {
            let answers = |code: &str| ["204", "NoContent", "NO_CONTENT"].iter().any(|word| code.contains(word));
            assert!(answers(&answering(code.to_owned(), 204)), "{name}");
            assert!(!answers(&answering(code.to_owned(), 200)), "{name}");
        }
    }
}
