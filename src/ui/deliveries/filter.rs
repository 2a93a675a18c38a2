//! The filters: a GET form, so that the address holds them and a colleague sees the same.

use super::Log;
use crate::{
    model::{delivery::*, log_filter::LogQuery, time::Time},
    ui::components::{Errors, *},
};
use leptos::prelude::*;

fn any(label: &str) -> Vec<(String, String)> {
    vec![(String::new(), label.to_owned())]
}

/// A value that is not on offer stays visible as chosen, rather than turning into “any”.
fn with_current(mut options: Vec<(String, String)>, current: &str) -> Vec<(String, String)> {
    if !options.iter().any(|(value, _)| value == current) {
        options.push((current.to_owned(), current.to_owned()));
    }
    options
}

fn statuses(query: &LogQuery) -> Vec<(String, String)> {
    let mut options = any("Any status");
    options.extend(DeliveryStatus::ALL.iter().map(|s| (s.as_str().to_owned(), s.label().to_owned())));
    with_current(options, &query.status)
}

fn error_kinds(query: &LogQuery) -> Vec<(String, String)> {
    let mut options = any("Any error");
    options.extend(errors_in_words().map(|(value, label)| (value.to_owned(), label.to_owned())));
    with_current(options, &query.error)
}

/// What the filter for errors can be, and how it is told.
pub fn errors_in_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    let unanswered = Outcome::ALL.iter().filter(|o| **o != Outcome::Answered).map(|o| (o.as_str(), o.label()));
    [(ERROR_STATUS, "Answered with an error code")].into_iter().chain(unanswered)
}

fn webhooks(log: &Log) -> Vec<(String, String)> {
    let mut options = any("Any webhook");
    options.extend(log.webhooks.iter().map(|(id, name)| (id.to_string(), name.clone())));
    with_current(options, &log.query.webhook_id)
}

/// The form, and what is filtered by as chips that can be taken away.
#[component]
pub fn Filters(log: Log) -> impl IntoView {
    let errors = log.errors.clone();
    let query = log.query.clone();
    let chips = view! { <Chips log=log.clone()/> };
    view! {
        <form class="stack tight filters" method="get" action=log.here.clone() role="search" aria-label="Deliveries">
            <div class="toolbar">
                <SelectField name="status" label="Status" options=statuses(&query) value=query.status.clone() errors=errors.clone()/>
                <EventTypeField value=query.event_type.clone() known=log.event_types.clone()/>
                {(!log.of_webhook).then(|| view! {
                    <SelectField name="webhook_id" label="Webhook" options=webhooks(&log) value=query.webhook_id.clone() errors=errors.clone()/>
                })}
                <TextField name="id" label="Delivery or event id" value=shown_id(&query) class="input mono" placeholder="dlv_… or evt_…" errors=errors.clone()/>
                <Button>"Apply"</Button>
            </div>
            <MoreFilters query errors/>
        </form>
        {chips}
    }
    .into_any()
}

/// Any event type can be typed, since catalogues may be open; the known ones are offered.
#[component]
pub fn EventTypeField(value: String, known: Vec<String>) -> impl IntoView {
    let known = known.into_iter().map(|name| view! { <option value=name></option> });
    view! {
        <Field name="event_type" label="Event type" error=None>
            <input class="input" id="event_type" name="event_type" value=value list="event-types" placeholder="Any event type" autocomplete="off"/>
            <datalist id="event-types">{known.collect_view()}</datalist>
        </Field>
    }
}

/// The API's `event_id` and the page's own `id` share one field.
fn shown_id(query: &LogQuery) -> String {
    if query.id.is_empty() { query.event_id.clone() } else { query.id.clone() }
}

/// What is asked for less often; open where one of them is in use.
#[component]
fn MoreFilters(query: LogQuery, errors: Errors) -> impl IntoView {
    let rare = ["response_code", "error", "from", "to"];
    let open = query.to_pairs().iter().any(|(name, _)| rare.contains(name));
    let kinds = error_kinds(&query);
    view! {
        <details class="fold" open=open>
            <summary>"More filters"</summary>
            <div class="toolbar">
                <TextField name="response_code" label="Response code" value=query.response_code class="input code-filter" placeholder="404 or 5xx" errors=errors.clone()/>
                <SelectField name="error" label="Error" options=kinds value=query.error errors=errors.clone()/>
                <MomentField name="from" label="From (UTC)" value=query.from errors=errors.clone()/>
                <MomentField name="to" label="Until (UTC)" value=query.to errors/>
            </div>
        </details>
    }
    .into_any()
}

/// A date and time; a value that cannot be read stays as it was typed, beside what is wrong with it.
#[component]
pub fn MomentField(name: &'static str, label: &'static str, value: String, errors: Errors) -> impl IntoView {
    let error = errors.of(name);
    let (kind, shown) = match error {
        Some(_) => ("text", value),
        None => ("datetime-local", local(&value)),
    };
    let described = described_by(name, false, error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <Field name label error>
            <input class="input" id=name name=name r#type=kind step="1" value=shown autofocus=errors.is_first(name)
                aria-invalid=invalid aria-describedby=described/>
        </Field>
    }
    .into_any()
}

/// `2026-11-21T12:03:04`, as the browser's own field takes it.
fn local(value: &str) -> String {
    read(value).map(|time| time.rfc3339().chars().take(19).collect()).unwrap_or_default()
}

#[cfg(feature = "ssr")]
fn read(value: &str) -> Option<Time> {
    Time::parse(value)
}

/// Pages are rendered on the server only.
#[cfg(not(feature = "ssr"))]
fn read(_: &str) -> Option<Time> {
    None
}

/// A filter in words.
fn in_words(log: &Log, name: &str, value: &str) -> (&'static str, String) {
    let labelled = |options: Vec<(String, String)>| {
        options.into_iter().find(|(key, _)| key == value).map_or_else(|| value.to_owned(), |(_, label)| label)
    };
    let moment = || read(value).map_or_else(|| value.to_owned(), Time::absolute);
    match name {
        "status" => ("Status", labelled(statuses(&log.query))),
        "event_type" => ("Event type", value.to_owned()),
        "webhook_id" => ("Webhook", labelled(webhooks(log))),
        "response_code" => ("Response", value.to_owned()),
        "error" => ("Error", labelled(error_kinds(&log.query))),
        "from" => ("From", moment()),
        "to" => ("Until", moment()),
        _ => ("Id", value.to_owned()),
    }
}

/// What is filtered by, each with a link that takes it away.
#[component]
fn Chips(log: Log) -> impl IntoView {
    let query = log.asked();
    let pairs: Vec<_> = query.to_pairs().into_iter().filter(|(name, _)| *name != "limit").collect();
    if pairs.is_empty() {
        return None;
    }
    let chips = pairs.into_iter().map(|(name, value)| {
        let (label, value) = in_words(&log, name, value);
        let href = format!("{}{}", log.here, query.link_without(name));
        let heard = format!("Take away the filter {label}: {value}");
        view! { <a class="chip" href=href aria-label=heard>{format!("{label}: ")}<bdi>{value}</bdi><Icon glyph=glyph::CLOSE/></a> }
    });
    Some(view! {
        <div class="chips">
            {chips.collect_view()}
            <LinkButton href=log.here.clone() tone=Tone::Quiet small=true>"Clear filters"</LinkButton>
        </div>
    })
}
