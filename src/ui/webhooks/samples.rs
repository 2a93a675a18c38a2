//! How a receiver verifies what it gets, in six languages, with the libraries of the Standard Webhooks project.

use crate::ui::components::*;
use leptos::prelude::*;

/// Language, how its library is installed, and the code.
const SAMPLES: [(&str, &str, &str); 6] = [
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

/// Tabs that need no scripts: radio buttons show one sample each.
#[component]
pub fn VerifyGuide() -> impl IntoView {
    let choices = SAMPLES.iter().enumerate().map(|(i, (name, ..))| {
        view! { <label><input r#type="radio" name="language" checked=i == 0/>{*name}</label> }
    });
    let panels = SAMPLES.iter().map(|(name, install, code)| {
        view! {
            <div class="panel stack tight">
                <CodeBlock text=*install title="Install"/>
                <CodeBlock text=*code title=format!("{name} receiver")/>
            </div>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="verify">
            <h2 id="verify">"Verify the signature"</h2>
            <p class="muted">
                "Each delivery carries "<code>"webhook-id"</code>", "<code>"webhook-timestamp"</code>" and "<code>"webhook-signature"</code>
                ". Check them over the body's bytes before you parse it; refuse what does not match."
            </p>
            <div class="panels stack">
                <div class="choices" role="radiogroup" aria-label="Language">{choices.collect_view()}</div>
                {panels.collect_view()}
            </div>
        </section>
    }
}
