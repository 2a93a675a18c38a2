//! What only some platforms ask of a webhook: a header with a field of its own, a batch or agent to be bound
//! to, a secret that both sides know already.

use crate::{
    model::{
        convention::{Credential, ScopeKey},
        webhook_form::WebhookForm,
    },
    ui::components::{Errors, *},
};
use leptos::prelude::*;

/// What the organization's convention asks for.
#[derive(Clone, Debug, Default)]
pub struct Asks {
    pub credential: Option<Credential>,
    pub scope: Vec<ScopeKey>,
    /// Whether URLs can be given by hook.
    pub has_hooks: bool,
    /// The platform's name.
    pub title: String,
}

/// The header that receivers of this platform check, in a field made for it.
#[component]
pub fn CredentialField(credential: Credential, form: WebhookForm, errors: Errors) -> impl IntoView {
    let field = format!("headers.{}", credential.header);
    let (error, focus) = (errors.of(&field), errors.is_first(&field));
    let help = Some(credential.help).filter(|text| !text.is_empty());
    let described = described_by("credential", help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let saved = form.credential_saved;
    let hint = if saved { "•••••••• saved; type to replace" } else { "Bearer …" };
    view! {
        <section class="card stack">
            <Field name="credential" label=credential.label optional=true help error>
                <input class="input mono" id="credential" name="credential" value=form.credential autocomplete="off"
                    placeholder=hint autofocus=focus aria-invalid=invalid aria-describedby=described/>
            </Field>
            {saved.then(|| view! {
                <input r#type="hidden" name="credential_saved" value="1"/>
                <Check name="credential_remove" label="Remove the saved one" checked=form.credential_removed/>
            })}
        </section>
    }
}

/// One field for each key that a webhook can be bound to.
#[component]
pub fn ScopeFields(scope: Vec<ScopeKey>, given: Vec<(String, String)>, errors: Errors) -> impl IntoView {
    let whole = errors.of("scope");
    let fields = scope.into_iter().map(|ScopeKey { key, label }| {
        let value = given.iter().find(|(k, _)| *k == key).map(|(_, v)| v.clone()).unwrap_or_default();
        let help = format!("Only events whose {key} is this. Left empty: all of them.");
        view! {
            <TextField name=format!("scope.{key}") label=label value=value optional=true class="input mono"
                autocomplete="off" errors=errors.clone() help=help/>
        }
    });
    view! {
        <section class="card stack">
            <FieldError id="scope-error" text=whole/>
            {fields.collect_view()}
        </section>
    }
}

/// A secret of the admin's own, as a webhook is added.
#[component]
pub fn SecretField(value: String, errors: Errors) -> impl IntoView {
    view! {
        <TextField name="secret" label="Your own signing secret" value=value optional=true class="input mono"
            autocomplete="off" errors=errors
            help="Where your receiver has one already: 16 to 128 characters, or whsec_ and base64. Left empty: one is made."/>
    }
}
