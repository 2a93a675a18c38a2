//! One webhook's settings: the form, deletion.

use super::{
    form::{FormView, SaveAndTest, WebhookFields},
    page::{WebhookHead, WebhookPage},
};
use crate::ui::{components::*, islands::form_guard::FormGuard, layout::*};
use leptos::prelude::*;

/// The page.
#[component]
pub fn SettingsPage(frame: Frame, head: WebhookHead, view: FormView) -> impl IntoView {
    let at = |rest: &str| frame.path(&format!("webhooks/{}{rest}", head.webhook.id));
    let (edit, delete) = (at("/edit"), at("/delete"));
    let (off, slug) = (view.off.clone(), frame.organization.slug.clone());
    let save_off = off.clone();
    let notice = off.clone().map(|reason| view! { <Notice mood=Mood::Accent>{reason}</Notice> });
    view! {
        <WebhookPage frame head tab="Settings">
            <div class="stack loose measure">
                {notice}
                <FormGuard slug=slug.clone()>
                    <form class="form" method="post" action=edit novalidate=true>
                        // What the Enter key presses: without it that would be a button that saves nothing.
                        <button class="only-heard" r#type="submit" tabindex="-1" aria-hidden="true">"Save changes"</button>
                        <FormError errors=view.errors.clone()/>
                        <WebhookFields slug view inbox=false/>
                        <div class="actions">
                            <Button tone=Tone::Primary off=save_off.clone()>"Save changes"</Button>
                            <SaveAndTest off=save_off/>
                        </div>
                    </form>
                </FormGuard>
                <section class="card danger stack" aria-labelledby="delete">
                    <h2 id="delete">"Delete this webhook"</h2>
                    <p class="muted">"Its waiting deliveries are skipped; what was delivered stays in the log. To stop for a while, switch it off instead."</p>
                    <div class="actions"><LinkButton href=delete tone=Tone::Danger icon=glyph::DELETE off>"Delete …"</LinkButton></div>
                </section>
            </div>
        </WebhookPage>
    }
}
