//! Right after a webhook was added: the secret, once, and how to use it.

use super::samples::VerifyGuide;
use crate::{
    model::{convention::Wire, webhook::Webhook},
    ui::{components::*, layout::*},
};
use leptos::prelude::*;

/// The page; `secret` is none once it has been seen.
#[component]
pub fn CreatedPage(frame: Frame, webhook: Webhook, wire: Wire, secret: Option<String>) -> impl IntoView {
    let at = frame.path(&format!("webhooks/{}", webhook.id));
    let above = vec![("Webhooks".into(), frame.path("webhooks")), (webhook.name().to_owned(), at.clone())];
    let next = format!("{at}/test");
    let seen = secret.is_none();
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
                <div class="actions">
                    <LinkButton href=next tone=Tone::Primary>
                        {if seen { "Continue" } else { "I have stored it: send a test" }}
                    </LinkButton>
                </div>
            </section>
            <VerifyGuide wire/>
        </Layout>
    }
}
