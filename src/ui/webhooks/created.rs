//! Right after a webhook was added or its secret renewed: the secret, once, and how to use it.

use super::samples::VerifyGuide;
use crate::{
    model::webhook::Webhook,
    ui::{components::*, layout::*},
};
use leptos::prelude::*;

/// The page; `secret` is none once it has been seen.
#[component]
pub fn CreatedPage(frame: Frame, webhook: Webhook, secret: Option<String>, rotated: bool) -> impl IntoView {
    let at = frame.path(&format!("webhooks/{}", webhook.id));
    let above = vec![("Webhooks".into(), frame.path("webhooks")), (webhook.name().to_owned(), at.clone())];
    let title = if rotated { "Your new signing secret" } else { "Webhook added" };
    let next = if rotated { at.clone() } else { format!("{at}/test") };
    let seen = secret.is_none();
    view! {
        <Layout frame section=Section::Webhooks narrow=true>
            <Breadcrumbs above here=if rotated { "New secret" } else { "Added" }/>
            <PageHeader title=title/>
            <section class="card stack" aria-labelledby="secret">
                <h2 id="secret">"Signing secret"</h2>
                {match secret {
                    Some(text) => view! {
                        <p>"Store it where your receiver can read it. "<strong>"It is shown this once."</strong></p>
                        <SecretOnce text what="signing secret"/>
                    }.into_any(),
                    None => view! {
                        <Notice>{format!("The secret was shown once and is not shown again. It ends in {}. ", webhook.secret_hint)}
                            <a href=format!("{at}/edit#rotate")>"Make a new one"</a>" if you did not keep it."</Notice>
                    }.into_any(),
                }}
                <div class="actions">
                    <LinkButton href=next tone=Tone::Primary>
                        {match (seen, rotated) { (true, _) => "Continue", (_, true) => "I have stored it", _ => "I have stored it: send a test" }}
                    </LinkButton>
                </div>
            </section>
            <VerifyGuide/>
        </Layout>
    }
}
