//! What is settled about an organization.

use super::{
    components::{AskFirst, Button, Copyable, Errors, FormError, PageHeader, TextField, Tone},
    layout::{Frame, Layout, Section},
};
use crate::model::time::in_days;
use leptos::prelude::*;

/// What an admin needs to know and cannot change here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub retention_days: i32,
    /// What was typed instead, where that was refused.
    pub typed_days: Option<String>,
    /// Where deliveries come from.
    pub egress_ips: Vec<String>,
    /// Private networks that webhooks may reach.
    pub allowed_targets: Vec<String>,
    pub base_url: String,
    /// The title of how its webhooks look.
    pub convention: String,
}

/// Name, short name, how long is kept, where deliveries come from.
#[component]
pub fn Settings(frame: Frame, name: String, about: About, off: Option<String>, errors: Errors) -> impl IntoView {
    let organization = frame.organization.clone();
    let action = frame.path("settings");
    let disabled = off.is_some();
    let days = about.retention_days;
    let kept = view! { <Kept days typed=about.typed_days.clone() action=frame.path("settings/retention") off=off.clone() errors=errors.clone()/> };
    view! {
        <Layout frame section=Section::Settings narrow=true>
            <PageHeader title="Settings" lead="Of this organization."/>
            <div class="stack">
                <section class="card" aria-labelledby="general">
                    <header><h2 id="general">"General"</h2></header>
                    <form class="form" method="post" action=action>
                        <FormError errors=errors.clone()/>
                        <TextField name="name" label="Name" value=name required=true autocomplete="organization" disabled errors/>
                        <dl class="facts">
                            <dt>"Short name in addresses"</dt><dd><Copyable text=organization.slug what="short name"/></dd>
                            <dt>"Id"</dt><dd><Copyable text=organization.id.to_string() what="id"/></dd>
                            <dt>"Webhooks look like those of"</dt><dd>{about.convention}</dd>
                        </dl>
                        <div class="actions"><Button tone=Tone::Primary off>"Save name"</Button></div>
                    </form>
                </section>
                {kept}
                <Addresses egress_ips=about.egress_ips allowed_targets=about.allowed_targets base_url=about.base_url/>
            </div>
        </Layout>
    }
}

/// For how long deliveries are kept, and the choice of it.
#[component]
fn Kept(days: i32, typed: Option<String>, action: String, off: Option<String>, errors: Errors) -> impl IntoView {
    let kept = in_days(days.unsigned_abs());
    let value = typed.unwrap_or_else(|| days.to_string());
    view! {
        <section class="card stack" aria-labelledby="kept">
            <header><h2 id="kept">"What is kept"</h2></header>
            <p>{format!("Finished deliveries with their requests and responses are kept for {kept}, requests in test inboxes for 24 hours. What is pending is never removed.")}</p>
            <form class="form" method="post" action=action novalidate=true>
                <TextField name="retention_days" label="Days to keep finished deliveries" value kind="number" class="input short"
                    help="1 to 365. A lower number removes what is older for good; you are asked first." disabled=off.is_some() errors/>
                <div class="actions"><Button off>"Save days"</Button></div>
            </form>
        </section>
    }
}

/// Asks before the log gets shorter: what is older than that goes for good.
#[component]
pub fn KeepShorter(frame: Frame, kept: u32, wanted: u32) -> impl IntoView {
    let (action, back) = (frame.path("settings/retention"), frame.path("settings"));
    let carries = vec![("retention_days", wanted.to_string()), ("confirmed", "yes".to_owned())];
    let (kept, wanted) = (in_days(kept), in_days(wanted));
    view! {
        <Layout frame section=Section::Settings narrow=true>
            <PageHeader title=format!("Keep finished deliveries for only {wanted}?")/>
            <AskFirst action does="Remove what is older" back keeps=format!("Keep {kept}") carries>
                <p>{format!("Every finished delivery that is older than {wanted} is removed within the hour, with its requests and responses. It can then be neither read, exported nor sent again, and a higher number does not bring it back.")}</p>
                <p>{format!("Now they are kept for {kept}. What is pending is never removed.")}</p>
            </AskFirst>
        </Layout>
    }
}

/// What goes into firewalls and into the code of the platform.
#[component]
fn Addresses(egress_ips: Vec<String>, allowed_targets: Vec<String>, base_url: String) -> impl IntoView {
    let item = |text: String| view! { <li><Copyable text what="address"/></li> };
    let from = if egress_ips.is_empty() {
        view! { <p class="muted">"Your operator has not said from which addresses deliveries come. Ask them if your firewall needs to know."</p> }
            .into_any()
    } else {
        view! {
            <p>"Deliveries come from these addresses. Allow them in the firewall in front of your receivers."</p>
            <ul>{egress_ips.into_iter().map(item).collect_view()}</ul>
        }
        .into_any()
    };
    let private = (!allowed_targets.is_empty()).then(|| {
        view! {
            <p>"Webhooks may reach these private networks, by http too."</p>
            <ul>{allowed_targets.into_iter().map(item).collect_view()}</ul>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="addresses">
            <header><h2 id="addresses">"Addresses"</h2></header>
            <div class="field"><span class="label">"API"</span><Copyable text=format!("{base_url}/v1") what="API address"/></div>
            {from}
            {private}
        </section>
    }
}
