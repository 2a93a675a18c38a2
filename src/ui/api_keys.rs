//! The keys of programs.

use super::{
    components::{
        AskFirst, Badge, Button, Check, CodeBlock, Empty, Errors, FieldError, FormError, LinkButton, Mood, Notice,
        PageHeader, SecretOnce, SelectField, TextField, TimeText, Tone, glyph,
    },
    layout::{Frame, Layout, Section},
};
use crate::model::{api_key::ApiKey, organization::Scope, time::Time};
use leptos::prelude::*;

/// What was typed into the form for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// Days, or `never`.
    pub expires: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self { name: String::new(), scopes: vec![Scope::EventsWrite], expires: "365".into() }
    }
}

/// Keys, and the form for a new one. `off`: why the person may not see or change them.
#[component]
pub fn ApiKeys(
    frame: Frame,
    keys: Vec<ApiKey>,
    /// The key that was just made.
    new_key: Option<String>,
    base_url: String,
    /// A type that the organization may publish, for the first call.
    event_type: String,
    off: Option<String>,
    now: Time,
    draft: Draft,
    errors: Errors,
) -> impl IntoView {
    let base = frame.path("api-keys");
    let list = match (&off, keys.is_empty()) {
        (Some(reason), _) => {
            view! { <Notice mood=Mood::Calm>{format!("You do not see the keys. {reason}")}</Notice> }.into_any()
        }
        (None, true) => view! {
            <Empty icon=glyph::KEY title="No API keys yet" text="Your platform's backend needs one to publish events."/>
        }
        .into_any(),
        (None, false) => view! { <Keys keys base=base.clone() now/> }.into_any(),
    };
    view! {
        <Layout frame section=Section::ApiKeys>
            <PageHeader title="API keys" lead="How programs act for this organization."/>
            <div class="stack">
                <FormError errors=errors.clone()/>
                {new_key.map(|key| view! { <NewKey key base_url event_type/> })}
                {list}
                <Make base off draft errors/>
            </div>
        </Layout>
    }
}

/// The new key, shown this once, with a first call.
#[component]
fn NewKey(key: String, base_url: String, event_type: String) -> impl IntoView {
    let call = format!(
        "curl {base_url}/v1/events \\\n  -H \"Authorization: Bearer $SWITCHHOOK_KEY\" \\\n  -d '{{\"event_type\": \"{event_type}\", \"data\": {{}}}}'"
    );
    view! {
        <section class="card stack" aria-labelledby="new-key">
            <header><h2 id="new-key">"Your new key"</h2></header>
            <p>"Copy it now: it is shown only this once. Keep it where your program keeps its secrets."</p>
            <SecretOnce text=key what="API key"/>
            <CodeBlock text=call title="Publish an event"/>
        </section>
    }
}

#[component]
fn Keys(keys: Vec<ApiKey>, base: String, now: Time) -> impl IntoView {
    let row = move |key: ApiKey| {
        let which = format!(" {}", key.name);
        let works = key.works_at(now);
        let mood = if works { Mood::Good } else { Mood::Calm };
        let scopes = match key.scopes.len() == Scope::ALL.len() {
            true => "All scopes".to_string(),
            false => key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "),
        };
        let used = match key.last_used_at {
            Some(at) => view! { <TimeText at now/> }.into_any(),
            None => view! { <span class="muted">"Never"</span> }.into_any(),
        };
        let expires = match key.expires_at {
            Some(at) => view! { <TimeText at now/> }.into_any(),
            None => view! { <span class="muted">"Never"</span> }.into_any(),
        };
        view! {
            <tr>
                <th scope="row"><div><div>{key.name.clone()}</div><code class="muted">{key.hint.clone()}</code></div></th>
                <td data-label="State"><Badge mood text=key.state_at(now)/></td>
                <td data-label="Scopes">{scopes}</td>
                <td data-label="Made"><div><TimeText at=key.created_at now/><div class="muted">{format!("by {}", key.created_by)}</div></div></td>
                <td data-label="Last used">{used}</td>
                <td data-label="Expires">{expires}</td>
                <td class="end">{works.then(|| view! {
                    <LinkButton href=format!("{base}/{}/revoke", key.id) small=true tone=Tone::Danger>
                        "Revoke"<span class="only-heard">{which}</span>
                    </LinkButton>
                })}</td>
            </tr>
        }
    };
    view! {
        <div class="table-box"><table class="table cards">
            <thead><tr>
                <th scope="col">"Name"</th><th scope="col">"State"</th><th scope="col">"Scopes"</th><th scope="col">"Made"</th>
                <th scope="col">"Last used"</th><th scope="col">"Expires"</th>
                <th scope="col"><span class="only-heard">"Actions"</span></th>
            </tr></thead>
            <tbody>{keys.into_iter().map(row).collect_view()}</tbody>
        </table></div>
    }
}

/// The form for a new key.
#[component]
fn Make(base: String, off: Option<String>, draft: Draft, errors: Errors) -> impl IntoView {
    let disabled = off.is_some();
    let terms = [("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("never", "Never")];
    let options = terms.map(|(value, label)| (value.to_string(), label.to_string())).to_vec();
    let scope_error = errors.of("scopes");
    let described = scope_error.as_ref().map(|_| "scopes-error");
    let wrong = errors.is_first("scopes");
    let boxes = Scope::ALL.map(|scope| {
        let focus = wrong && scope == Scope::ALL[0];
        let checked = draft.scopes.contains(&scope);
        view! {
            <Check name="scopes" value=scope.as_str() label=scope.explanation() help=scope.as_str() checked disabled focus/>
        }
    });
    view! {
        <section class="card" aria-labelledby="make">
            <header><h2 id="make">"Make a key"</h2></header>
            <form class="form" method="post" action=base>
                <TextField name="name" label="Name" value=draft.name required=true disabled autocomplete="off"
                    help="Where it is used, as “Billing backend”." errors=errors.clone()/>
                <fieldset class="field" id="scopes" tabindex="-1" aria-describedby=described>
                    <legend>"What it may do"</legend>
                    {boxes.into_iter().collect_view()}
                    <FieldError id="scopes-error" text=scope_error/>
                </fieldset>
                <SelectField name="expires" label="Expires after" options value=draft.expires disabled errors/>
                <div class="actions"><Button tone=Tone::Primary off>"Make key"</Button></div>
            </form>
        </section>
    }
}

/// Asks before a key is revoked.
#[component]
pub fn RevokeKey(frame: Frame, key: ApiKey, now: Time) -> impl IntoView {
    let (action, back) = (frame.path(&format!("api-keys/{}/revoke", key.id)), frame.path("api-keys"));
    let used = match key.last_used_at {
        Some(at) => view! { <p>"It was last used "<TimeText at now/>"."</p> }.into_any(),
        None => view! { <p>"It was never used."</p> }.into_any(),
    };
    view! {
        <Layout frame section=Section::ApiKeys narrow=true>
            <PageHeader title=format!("Revoke “{}”?", key.name)/>
            <AskFirst action does="Revoke" back keeps="Keep">
                <p>"Programs that use it are refused from now on. This cannot be undone."</p>
                {used}
            </AskFirst>
        </Layout>
    }
}
