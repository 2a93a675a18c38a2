//! The form of a webhook: for a new one, and among the settings of one that is there.

use super::{
    asks::{Asks, CredentialField, ScopeFields, SecretField},
    events::EventPicker,
    filters::{FilterFields, Trial},
    headers::HeaderFields,
    policy::PolicyFields,
};
use crate::{
    model::{event::EventType, filter_trial::keys_of, webhook::RetryPolicy, webhook_form::WebhookForm},
    ui::{
        components::{Errors, *},
        islands::form_guard::FormGuard,
        islands::url_field::UrlField,
        layout::*,
    },
};
use leptos::prelude::*;

/// What the form is filled with.
#[derive(Clone, Debug)]
pub struct FormView {
    pub form: WebhookForm,
    pub errors: Errors,
    pub catalogue: Catalogue,
    pub asks: Asks,
    pub defaults: Defaults,
    /// Addresses that deliveries come from, for firewalls.
    pub egress_ips: Vec<String>,
    pub trial: Trial,
    /// Whether the times of the retry policy were asked for, so that they are in sight.
    pub asked: bool,
    /// Why the person may not save, where that is so.
    pub off: Option<String>,
}

/// The event types that can be chosen.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub types: Vec<EventType>,
    /// Whether types that are not listed may be named.
    pub open: bool,
}

/// Longest list of keys to choose from.
const MOST_KEYS: usize = 200;

impl Catalogue {
    /// The types by group, both in the catalogue's order.
    pub fn groups(&self) -> Vec<(String, Vec<EventType>)> {
        let mut groups: Vec<(String, Vec<EventType>)> = Vec::new();
        for one in &self.types {
            match groups.iter_mut().find(|(name, _)| *name == one.group) {
                Some((_, types)) => types.push(one.clone()),
                None => groups.push((one.group.clone(), vec![one.clone()])),
            }
        }
        groups
    }
    /// What filters can ask for: the paths in the types' examples, each once.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for key in self.types.iter().flat_map(|one| keys_of(&one.example)) {
            if !keys.contains(&key) && keys.len() < MOST_KEYS {
                keys.push(key);
            }
        }
        keys
    }
    /// The names of a group's types.
    pub fn names_in(&self, group: &str) -> Vec<String> {
        self.types.iter().filter(|t| t.group == group).map(|t| t.name.clone()).collect()
    }
}

/// What holds where a webhook says nothing of its own.
#[derive(Clone, Debug)]
pub struct Defaults {
    pub policy: RetryPolicy,
    pub timeout_seconds: u32,
}

/// Add a webhook.
#[component]
pub fn NewWebhookPage(frame: Frame, view: FormView) -> impl IntoView {
    let list = frame.path("webhooks");
    let off = view.off.clone();
    let by_hook = view.asks.has_hooks.then(|| {
        let names = format!("{} names its hooks: ", view.asks.title);
        let href = frame.path("webhooks/hooks");
        view! { <Notice mood=Mood::Accent>{names}<a href=href>"give a URL for each at once"</a>"."</Notice> }
    });
    view! {
        <Layout frame=frame.clone() section=Section::Webhooks narrow=true>
            <Breadcrumbs above=vec![("Webhooks".into(), list.clone())] here="Add"/>
            <PageHeader title="Add webhook" lead="Say where events go, and which. You can send a test right after."/>
            {by_hook}
            <FormGuard slug=frame.organization.slug.clone()>
                <form class="form" method="post" action=frame.path("webhooks/new") novalidate=true>
                    // What the Enter key presses: without it that would be the test inbox, being first.
                    <button class="only-heard" r#type="submit" tabindex="-1" aria-hidden="true">"Add webhook"</button>
                    <FormError errors=view.errors.clone()/>
                    <WebhookFields slug=frame.organization.slug.clone() view inbox=true/>
                    <div class="actions divided">
                        <Button tone=Tone::Primary off=off.clone()>"Add webhook"</Button>
                        <SaveAndTest off/>
                        <LinkButton href=list tone=Tone::Quiet>"Cancel"</LinkButton>
                    </div>
                </form>
            </FormGuard>
        </Layout>
    }
}

/// Saves, then shows at once what the receiver answers.
#[component]
pub fn SaveAndTest(#[prop(optional_no_strip)] off: Option<String>) -> impl IntoView {
    view! { <Button name="save_and_test" value="1" icon=glyph::SEND off>"Save and send test"</Button> }
}

/// All fields; `inbox` offers a test inbox as the address.
#[component]
pub fn WebhookFields(slug: String, view: FormView, inbox: bool) -> impl IntoView {
    let FormView { form, errors, catalogue, asks, defaults, egress_ips, trial, asked, off } = view;
    let keys = catalogue.keys();
    let advanced =
        ["timeout_seconds", "rate_per_second", "retry_policy", "secret"].iter().any(|part| errors.any_under(part));
    let changed =
        !(form.timeout_seconds.is_empty() && form.rate_per_second.is_empty()) || form.policy != Default::default();
    view! {
        <fieldset class="form" disabled=off.is_some()>
            <section class="card stack">
                <UrlField slug value=form.url.clone() error=errors.of("url") focus=errors.is_first("url")/>
                {inbox.then(|| view! {
                    <div class="row small muted">
                        <span>"No receiver at hand?"</span>
                        <button class="button small" r#type="submit" name="use_inbox" value="1">
                            <Icon glyph=glyph::INBOX/>"Use a test inbox"
                        </button>
                    </div>
                })}
                <Sources egress_ips/>
                <TextField name="description" label="Description" value=form.description.clone() optional=true errors=errors.clone()
                    help="What it is for, and who looks after it. Shown as its name."/>
                {form.was_active.map(|was| view! { <input type="hidden" name="was_active" value=if was { "on" } else { "off" }/> })}
                {form.opened.clone().map(|mark| view! { <input type="hidden" name="opened" value=mark/> })}
                <Check name="active" label="Active" checked=form.active help="While it is off, its deliveries are kept as skipped; you can retry them later."/>
            </section>
            {asks.credential.map(|credential| view! { <CredentialField credential form=form.clone() errors=errors.clone()/> })}
            {(inbox && !asks.scope.is_empty()).then(|| view! {
                <ScopeFields scope=asks.scope given=form.scope.clone() errors=errors.clone()/>
            })}
            <EventPicker form=form.clone() catalogue errors=errors.clone()/>
            <FilterFields rows=form.filters.clone() keys trial errors=errors.clone()/>
            <HeaderFields rows=form.headers.clone() errors=errors.clone()/>
            <details class="card fold" open=advanced || changed || asked>
                <summary>{if inbox { "Advanced: timeout, rate and retries, a secret of your own" } else { "Advanced: timeout, rate and retries" }}</summary>
                <div class="stack">
                    {inbox.then(|| view! { <SecretField value=form.secret.clone() errors=errors.clone()/> })}
                    <TextField name="timeout_seconds" label="Timeout in seconds" value=form.timeout_seconds.clone() kind="number"
                        optional=true class="input short" errors=errors.clone() placeholder=defaults.timeout_seconds.to_string()
                        help=format!("1 to 30, for the whole exchange. Left empty: {} s.", defaults.timeout_seconds)/>
                    <TextField name="rate_per_second" label="Most events per second" value=form.rate_per_second.clone() kind="number"
                        optional=true class="input short" errors=errors.clone()
                        help="1 to 10,000; what comes faster waits. Left empty: as fast as the receiver answers."/>
                    <PolicyFields form defaults errors/>
                </div>
            </details>
        </fieldset>
    }
}

/// Where deliveries come from, for the firewall in front of the receiver; nothing where the operator has not said.
#[component]
fn Sources(egress_ips: Vec<String>) -> impl IntoView {
    let item = |text: String| view! { <li><Copyable text what="address"/></li> };
    (!egress_ips.is_empty()).then(|| {
        view! {
            <div class="small muted">
                <p>"Deliveries come from these addresses. Allow them in the firewall in front of your receiver."</p>
                <ul role="list" class="row">{egress_ips.into_iter().map(item).collect_view()}</ul>
            </div>
        }
    })
}
