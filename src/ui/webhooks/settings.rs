//! One webhook's settings: the form, a new secret, deletion.

use super::{
    form::{FormView, WebhookFields},
    page::{WebhookHead, WebhookPage},
};
use crate::ui::{components::*, islands::form_guard::FormGuard, layout::*};
use leptos::prelude::*;

/// Choices of how long the old secret goes on signing beside the new one: seconds and words.
const OVERLAPS: [(&str, &str); 4] =
    [("86400", "For 24 hours"), ("3600", "For 1 hour"), ("604800", "For 7 days"), ("0", "Not at all: it ends now")];

/// The page.
#[component]
pub fn SettingsPage(frame: Frame, head: WebhookHead, view: FormView) -> impl IntoView {
    let at = |rest: &str| frame.path(&format!("webhooks/{}{rest}", head.webhook.id));
    let (edit, rotate, delete) = (at("/edit"), at("/rotate"), at("/delete"));
    let hint = head.webhook.secret_hint.clone();
    let (off, slug) = (view.off.clone(), frame.organization.slug.clone());
    let (save_off, rotate_off) = (off.clone(), off.clone());
    let notice = off.clone().map(|reason| view! { <Notice mood=Mood::Accent>{reason}</Notice> });
    view! {
        <WebhookPage frame head tab="Settings">
            <div class="stack loose measure">
                {notice}
                <FormGuard>
                    <form class="form" method="post" action=edit novalidate=true>
                        <FormError errors=view.errors.clone()/>
                        <WebhookFields slug view inbox=false/>
                        <div class="actions"><Button tone=Tone::Primary off=save_off>"Save changes"</Button></div>
                    </form>
                </FormGuard>
                <section class="card stack" aria-labelledby="rotate">
                    <h2 id="rotate">"Signing secret"</h2>
                    <p class="muted">"The secret in use ends in "<code>{hint}</code>". A new one is shown once; while both are valid, each delivery carries a signature of both."</p>
                    <form class="row" method="post" action=rotate>
                        <SelectField name="overlap_seconds" label="The old secret still signs"
                            options=OVERLAPS.map(|(value, text)| (value.into(), text.into())).into()/>
                        <span class="end-of-row"><Button icon=glyph::KEY off=rotate_off>"Make a new secret"</Button></span>
                    </form>
                </section>
                <section class="card danger stack" aria-labelledby="delete">
                    <h2 id="delete">"Delete this webhook"</h2>
                    <p class="muted">"Its waiting deliveries are skipped; what was delivered stays in the log. To stop for a while, switch it off instead."</p>
                    <div class="actions"><LinkButton href=delete tone=Tone::Danger icon=glyph::DELETE off>"Delete …"</LinkButton></div>
                </section>
            </div>
        </WebhookPage>
    }
}
