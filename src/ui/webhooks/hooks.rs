//! A URL for each of a platform's hooks, given at once; and the webhooks that were made of them.

use super::asks::{ScopeFields, SecretField};
use crate::{
    model::{
        convention::{Hook, ScopeKey},
        hooks_form::HooksForm,
        webhook::Webhook,
    },
    ui::{
        components::{Errors, *},
        islands::form_guard::FormGuard,
        layout::*,
    },
};
use leptos::prelude::*;

/// What the form is filled with.
#[derive(Clone, Debug)]
pub struct HooksView {
    /// The platform's name.
    pub title: String,
    pub hooks: Vec<Hook>,
    pub scope: Vec<ScopeKey>,
    pub form: HooksForm,
    pub errors: Errors,
    /// Why the person may not save, where that is so.
    pub off: Option<String>,
}

/// The form.
#[component]
pub fn HooksPage(frame: Frame, view: HooksView) -> impl IntoView {
    let HooksView { title, hooks, scope, form, errors, off } = view;
    let list = frame.path("webhooks");
    let whole = errors.of("hooks");
    let lead = format!("{title} sends each kind of event to a URL of its own. Leave out what you do not need.");
    let fields = hooks.into_iter().map({
        let (errors, form) = (errors.clone(), form.clone());
        move |hook| {
            let name = format!("hooks.{}", hook.name);
            let value = form.url(&hook.name);
            let help = format!("{} ({})", hook.description, hook.event_type);
            view! {
                <TextField name=name label=hook.name value=value kind="url" optional=true class="input mono"
                    autocomplete="off" placeholder="https://example.com/webhooks" errors=errors.clone() help=help/>
            }
        }
    });
    view! {
        <Layout frame=frame.clone() section=Section::Webhooks narrow=true>
            <Breadcrumbs above=vec![("Webhooks".into(), list.clone())] here="Add by hook"/>
            <PageHeader title="Add webhooks by hook" lead=lead/>
            <FormGuard slug=frame.organization.slug.clone()>
                <form class="form" method="post" action=frame.path("webhooks/hooks") novalidate=true>
                    <FormError errors=errors.clone()/>
                    <section class="card stack">
                        <FieldError id="hooks-error" text=whole/>
                        {fields.collect_view()}
                    </section>
                    {(!scope.is_empty()).then(|| view! { <ScopeFields scope given=form.scope errors=errors.clone()/> })}
                    <section class="card stack"><SecretField value=form.secret errors/></section>
                    <div class="actions divided">
                        <Button tone=Tone::Primary off>"Add webhooks"</Button>
                        <LinkButton href=list tone=Tone::Quiet>"Cancel"</LinkButton>
                    </div>
                </form>
            </FormGuard>
        </Layout>
    }
}

/// What was made, and the one secret of all of them; it is none once it has been seen.
#[component]
pub fn HooksAddedPage(frame: Frame, webhooks: Vec<Webhook>, secret: Option<String>) -> impl IntoView {
    let list = frame.path("webhooks");
    let lines = webhooks.into_iter().map({
        let frame = frame.clone();
        move |webhook| {
            let href = frame.path(&format!("webhooks/{}", webhook.id));
            view! { <li><code>{webhook.events.label()}</code>" goes to "<a href=href>{webhook.short_url().to_owned()}</a></li> }
        }
    });
    let lines = lines.collect_view();
    view! {
        <Layout frame section=Section::Webhooks narrow=true>
            <Breadcrumbs above=vec![("Webhooks".into(), list.clone())] here="Added"/>
            <PageHeader title="Webhooks added"/>
            <section class="card stack" aria-labelledby="secret">
                <h2 id="secret">"Signing secret"</h2>
                {match secret {
                    Some(text) => view! {
                        <p>"All of them are signed with it. Store it where your receiver can read it. "<strong>"It is shown this once."</strong></p>
                        <SecretOnce text what="signing secret"/>
                    }.into_any(),
                    None => view! {
                        <Notice>"The secret was shown once and is not shown again. Make a new one on a webhook’s page if you did not keep it."</Notice>
                    }.into_any(),
                }}
            </section>
            <section class="card stack" aria-label="Webhooks"><ul>{lines}</ul></section>
            <div class="actions"><LinkButton href=list tone=Tone::Primary>"To the webhooks"</LinkButton></div>
        </Layout>
    }
}
