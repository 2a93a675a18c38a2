//! Right after a webhook was added: the secret, once, and how to use it.

use super::samples::VerifyGuide;
use crate::{
    model::{convention::Wire, webhook::Webhook},
    ui::{components::*, layout::*},
};
use leptos::prelude::*;

/// The page; `secret` is none once it has been seen, `result` tells what came of a test that was sent right away
/// ([`TestResult`](super::test::TestResult), rendered).
#[component]
pub fn CreatedPage(
    frame: Frame,
    webhook: Webhook,
    wire: Wire,
    secret: Option<String>,
    result: String,
) -> impl IntoView {
    let at = frame.path(&format!("webhooks/{}", webhook.id));
    let above = vec![("Webhooks".into(), frame.path("webhooks")), (webhook.name().to_owned(), at.clone())];
    let (label, next) = match (secret.is_some(), result.is_empty()) {
        (true, true) => ("I have stored it: send a test", format!("{at}/test")),
        (true, false) => ("I have stored it: go to the webhook", at.clone()),
        (false, true) => ("Continue", format!("{at}/test")),
        (false, false) => ("Continue", at.clone()),
    };
    let result = (!result.is_empty()).then(|| view! { <div inner_html=result></div> });
    view! {
        <Layout frame section=Section::Webhooks narrow=true>
            <Breadcrumbs above here="Added"/>
            <PageHeader title="Webhook added"/>
            <section class="card stack" aria-labelledby="secret">
                <h2 id="secret">"Signing secret"</h2>
                {match secret {
                    Some(text) => view! {
                        <p>"Store it where your receiver can read it. "<strong>"It is shown this once."</strong></p>
                        <SecretOnce text what="signing secret"/>
                    }.into_any(),
                    None => view! {
                        <Notice>{format!("The secret was shown once and is not shown again. It ends in {}. ", webhook.secret_hint)}
                            <a href=format!("{at}/secret")>"Make a new one"</a>" if you did not keep it."</Notice>
                    }.into_any(),
                }}
                <div class="actions" data-stored="">
                    <LinkButton href=next tone=Tone::Primary>{label}</LinkButton>
                </div>
            </section>
            {result}
            <VerifyGuide wire/>
        </Layout>
    }
}
