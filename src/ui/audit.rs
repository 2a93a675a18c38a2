//! The audit log: who changed what, when, from where, and how it was before.

use super::{
    components::*,
    deliveries::Moment,
    layout::{Frame, Layout, Section},
};
use crate::model::{
    audit::{AuditEntry, AuditQuery, Difference, KINDS, SERVICE, in_words},
    time::Time,
};
use leptos::prelude::*;
use std::sync::Arc;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct AuditView {
    pub query: AuditQuery,
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Id and name of everybody who is in the log.
    pub actors: Vec<(String, String)>,
    /// Ids of the webhooks that are still there.
    pub webhooks: Arc<[String]>,
    /// Address of what is older.
    pub next: Option<String>,
    pub now: Time,
}

/// The page.
#[component]
pub fn AuditPage(frame: Frame, view: AuditView) -> impl IntoView {
    let AuditView { query, entries, actors, webhooks, next, now } = view;
    let here = frame.path("audit");
    let first = (!query.cursor.is_empty()).then(|| here.clone());
    let (count, filtered) = (entries.len(), query.is_filtered());
    let organization = frame.path("");
    let rows = entries
        .into_iter()
        .map(move |entry| view! { <Row entry base=organization.clone() webhooks=webhooks.clone() now/> });
    let body = match count {
        0 => {
            let (title, text) = match filtered {
                true => ("No change matches", "Nobody you chose has changed anything of this kind."),
                false => {
                    ("No changes yet", "Each change of webhooks, members, keys and settings is written down here.")
                }
            };
            view! { <Empty icon=glyph::AUDIT title text/> }.into_any()
        }
        _ => view! { <ol role="list" class="audit card flush">{rows.collect_view()}</ol> }.into_any(),
    };
    let about = if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
    view! {
        <Layout frame section=Section::Audit>
            <PageHeader title="Audit log" lead="Every change, with who, when and from where. Secrets are masked."/>
            <Filter query actors here/>
            {body}
            {(count > 0).then(|| view! { <Pagination about first next/> })}
        </Layout>
    }
}

#[component]
fn Filter(query: AuditQuery, actors: Vec<(String, String)>, here: String) -> impl IntoView {
    let all = |label: &str| (String::new(), label.to_owned());
    let people = [all("Everybody")].into_iter().chain(actors).chain([(SERVICE.into(), "Switchhook itself".into())]);
    let kinds = [all("Everything")].into_iter().chain(KINDS.map(|(kind, label)| (kind.into(), label.into())));
    let clear =
        query.is_filtered().then(|| view! { <LinkButton href=here.clone() tone=Tone::Quiet>"Clear"</LinkButton> });
    view! {
        <form class="toolbar" method="get" action=here.clone()>
            <SelectField name="by" label="By" options=people.collect() value=query.by/>
            <SelectField name="kind" label="Of" options=kinds.collect() value=query.kind/>
            <Button>"Filter"</Button>
            {clear}
        </form>
    }
}

#[component]
fn Row(entry: AuditEntry, base: String, webhooks: Arc<[String]>, now: Time) -> impl IntoView {
    let words = in_words(&entry.action);
    // What somebody did to themselves needs their name once; a role is somebody's all the same.
    let own = entry.actor_id.is_some() && entry.actor_id == entry.target_id && entry.action != "member.role_changed";
    let name = entry.target.clone().filter(|_| !own).map(|name| view! { <strong><bdi>{name}</bdi></strong> });
    let href = entry.target_id.as_deref().and_then(|id| match id.split('_').next()? {
        "wh" if webhooks.iter().any(|there| there == id) => Some(format!("{base}webhooks/{id}")),
        "job" => Some(format!("{base}jobs/{id}")),
        "dlv" => Some(format!("{base}deliveries/{id}")),
        _ => None,
    });
    let target = match href {
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let details = (!entry.differences.is_empty()).then(|| view! { <Details differences=entry.differences.clone()/> });
    let source = entry.source.clone().map(|source| format!("from {source}"));
    let key =
        entry.actor_id.as_deref().is_some_and(|id| id.starts_with("key_")).then(|| view! { <Badge text="API key"/> });
    view! {
        <li class="audit-row">
            <div class="row between">
                <span><bdi class="strong">{entry.actor}</bdi>" "{key}" "{words}" "{target}</span>
                <span class="small muted nowrap"><Moment at=entry.at now/></span>
            </div>
            <div class="row small muted">
                <code>{entry.action}</code>
                {source}
            </div>
            {details}
        </li>
    }
}

/// `retry_policy` as people write it.
fn field_in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    match words.as_str() {
        "url" => "URL".into(),
        _ => words[..1].to_uppercase() + &words[1..],
    }
}

/// A value without the marks of JSON.
fn in_text(value: &serde_json::Value) -> String {
    use serde_json::Value;
    let joined = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<_>>().join(", ");
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "on".into(),
        Value::Bool(false) => "off".into(),
        Value::Null => "none".into(),
        Value::Array(all) if all.is_empty() => "none".into(),
        Value::Array(all) => joined(&mut all.iter().map(in_text)),
        Value::Object(all) if all.is_empty() => "none".into(),
        Value::Object(all) => {
            joined(&mut all.iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), in_text(value))))
        }
        number => number.to_string(),
    }
}

#[component]
fn Details(differences: Vec<Difference>) -> impl IntoView {
    let side = |value: Option<serde_json::Value>| match value {
        None => view! { <span class="faint">"–"</span> }.into_any(),
        Some(value) => view! { <code class="break">{in_text(&value)}</code> }.into_any(),
    };
    let row = |one: Difference| {
        view! {
            <tr>
                <th scope="row">{field_in_words(&one.field)}</th>
                <td data-label="Before">{side(one.before)}</td>
                <td data-label="After">{side(one.after)}</td>
            </tr>
        }
    };
    view! {
        <details class="fold small">
            <summary>"Before and after"</summary>
            <div class="table-box"><table class="table cards differences">
                <thead><tr><th scope="col">"Field"</th><th scope="col">"Before"</th><th scope="col">"After"</th></tr></thead>
                <tbody>{differences.into_iter().map(row).collect_view()}</tbody>
            </table></div>
        </details>
    }
}
