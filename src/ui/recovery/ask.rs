//! What is to be sent again: the filters, the exact count, and the button that starts the job.

use super::{deliveries, in_words};
use crate::{
    model::{
        id::WebhookId,
        log_filter::LogQuery,
        query_string::query_string,
        recovery::*,
        time::{Time, in_days},
    },
    ui::{
        components::{Errors, *},
        deliveries::{EventTypeField, Moment, MomentField, errors_in_words},
        layout::{Frame, Layout, Section},
        webhooks::rests::RestingNotice,
    },
};
use leptos::prelude::*;
use std::time::Duration;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct RecoverView {
    /// The log's filters; the status is one that can be recovered.
    pub query: LogQuery,
    pub rate: u32,
    pub errors: Errors,
    /// None where the filters cannot be read.
    pub found: Option<Recoverable>,
    /// Webhooks to choose from.
    pub webhooks: Vec<(WebhookId, String)>,
    /// Event types to choose from.
    pub event_types: Vec<String>,
    /// The chosen webhook takes nothing for now.
    pub inactive: bool,
    /// The chosen webhooks that rest, by name, and until when.
    pub resting: Vec<(String, Time)>,
    pub retention_days: u32,
    pub now: Time,
}

impl RecoverView {
    fn webhook_name(&self) -> String {
        let chosen = self.webhooks.iter().find(|(id, _)| id.to_string() == self.query.webhook_id);
        chosen.map(|(_, name)| name.clone()).unwrap_or_default()
    }
    /// Name and value of everything that the form holds.
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<_> =
            self.query.to_pairs().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        pairs.push(("rate", self.rate.to_string()));
        pairs
    }
}

/// The page.
#[component]
pub fn RecoverPage(frame: Frame, view: RecoverView) -> impl IntoView {
    let here = frame.path("recover");
    let log = frame.path(&format!("deliveries{}", view.query.link(None)));
    let above = vec![("Deliveries".to_owned(), frame.path("deliveries"))];
    let jobs = frame.path("jobs");
    let webhook = frame.path(&format!("webhooks/{}", view.query.webhook_id));
    let now = view.now;
    let resting = view! { <RestingNotice resting=view.resting.clone() now/> };
    let preview = view.found.map(|found| view! { <Preview view=view.clone() found here=here.clone() log webhook/> });
    view! {
        <Layout frame section=Section::Deliveries narrow=true>
            <Breadcrumbs above here="Recover"/>
            <PageHeader title="Recover deliveries"
                lead="Sends finished deliveries again: each once, oldest first, in the background. Receivers see the same webhook-id as before.">
                <LinkButton href=jobs>"Recovery jobs"</LinkButton>
            </PageHeader>
            <div class="stack">
                <FormError errors=view.errors.clone()/>
                <Choose view here/>
                {resting}
                {preview}
            </div>
        </Layout>
    }
}

/// Choices of what to send again, and a way to look at how much that is.
#[component]
fn Choose(view: RecoverView, here: String) -> impl IntoView {
    let statuses = [("failed", "What failed"), ("skipped", "What was skipped"), ("success", "What was delivered")];
    let statuses = statuses.map(|(value, label)| (value.to_owned(), label.to_owned())).into();
    let mut webhooks = vec![(String::new(), "All webhooks".to_owned())];
    webhooks.extend(view.webhooks.iter().map(|(id, name)| (id.to_string(), name.clone())));
    let rates = RATES.map(|rate| (rate.to_string(), format!("{rate} a second"))).into();
    let LogQuery { status, event_type, webhook_id, from, to, .. } = view.query.clone();
    let hidden = view.pairs().into_iter().filter(|(name, _)| is_kept(name));
    let hidden = hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let errors = view.errors.clone();
    let also = view! { <Also view=view.clone() here=here.clone()/> };
    let presets = view! { <Presets view=view.clone() here=here.clone()/> };
    view! {
        <form class="card stack" method="get" action=here aria-label="What to send again">
            {hidden.collect_view()}
            <div class="toolbar">
                <SelectField name="status" label="Which" options=statuses value=status errors=errors.clone()/>
                <SelectField name="webhook_id" label="Webhook" options=webhooks value=webhook_id errors=errors.clone()/>
                <EventTypeField value=event_type known=view.event_types/>
            </div>
            <div class="toolbar">
                <MomentField name="from" label="Created since (UTC)" value=from errors=errors.clone()/>
                <MomentField name="to" label="Until (UTC)" value=to errors=errors.clone()/>
                <SelectField name="rate" label="At most" options=rates value=view.rate.to_string() errors/>
                <Button>"Count"</Button>
            </div>
            {also}
            {presets}
        </form>
    }
    .into_any()
}

/// Filters of the log that have no field here, and what they are called.
const KEPT: [(&str, &str); 4] =
    [("response_code", "response code"), ("error", "error"), ("event_id", "event id"), ("id", "id")];

fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|(kept, _)| *kept == name)
}

/// What came along from the log, each with what is wrong with it and a way to be rid of it.
#[component]
fn Also(view: RecoverView, here: String) -> impl IntoView {
    let pairs = view.pairs();
    let one = |(name, word): (&'static str, &'static str)| {
        let value = pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())?;
        let in_words = errors_in_words().find(|(error, _)| name == "error" && *error == value);
        let value = in_words.map_or(value, |(_, label)| label.to_owned());
        let rest: Vec<_> = pairs.iter().filter(|(known, _)| *known != name).map(|(n, v)| (*n, v.as_str())).collect();
        let without = format!("{here}{}", query_string(&rest));
        Some(view! {
            <div class="stack tight">
                <p class="small">{format!("Also filtered by {word} ")}<strong><bdi>{value}</bdi></strong>". "<a href=without>"Take it away"</a></p>
                <FieldError id=format!("{name}-error") text=view.errors.of(name)/>
            </div>
        })
    };
    KEPT.into_iter().filter_map(one).collect_view().into_any()
}

/// Times to begin at that are asked for most.
#[component]
fn Presets(view: RecoverView, here: String) -> impl IntoView {
    let since = [("Last hour", 1), ("Last 24 hours", 24), ("Last 7 days", 7 * 24)];
    let link = |label: &'static str, from: String| {
        let rest = view.pairs().into_iter().filter(|(name, _)| !["from", "to"].contains(name));
        let mut pairs: Vec<(&str, String)> = rest.collect();
        if !from.is_empty() {
            pairs.push(("from", from));
        }
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        view! { <a href=format!("{here}{}", query_string(&pairs))>{label}</a> }
    };
    let recent = since.map(|(label, hours)| link(label, view.now.minus(Duration::from_secs(hours * 3_600)).rfc3339()));
    view! {
        <p class="row small" role="group" aria-label="Since when">
            {recent.into_iter().collect_view()}
            {link("All that is kept", String::new())}
        </p>
    }
    .into_any()
}

/// How much it is, and the button.
#[component]
fn Preview(view: RecoverView, found: Recoverable, here: String, log: String, webhook: String) -> impl IntoView {
    if view.inactive {
        return view! {
            <Notice mood=Mood::Warn>
                "This webhook is inactive, so all of them would be skipped again. "<a href=webhook>"Switch it on"</a>" first."
            </Notice>
        }
        .into_any();
    }
    let (Some(oldest), Some(newest)) = (found.oldest_at, found.newest_at) else {
        let kept = in_days(view.retention_days);
        return view! {
            <Notice>
                {format!("Nothing of this kind can be sent again. Finished deliveries are kept {kept}; tests, and what belongs to inactive or deleted webhooks, are left out.")}
            </Notice>
        }
        .into_any();
    };
    let fields = view.pairs().into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let seconds = i64::try_from(found.count.div_ceil(u64::from(view.rate.max(1)))).unwrap_or(i64::MAX);
    let takes = crate::model::time::duration(seconds.saturating_mul(1_000_000));
    let what = in_words(&view.query, &view.webhook_name());
    let now = view.now;
    view! {
        <section class="card stack" aria-labelledby="found">
            <h2 id="found">{format!("{} would be sent again", deliveries(found.count))}</h2>
            <dl class="facts">
                <dt>"What"</dt><dd>{what}". "<a href=log>"See them in the log"</a></dd>
                <dt>"Oldest"</dt><dd><Moment at=oldest now/></dd>
                <dt>"Newest"</dt><dd><Moment at=newest now/></dd>
                <dt>"Takes"</dt><dd>{format!("At least {takes}, at {} a second. A slow receiver sets the pace.", view.rate)}</dd>
            </dl>
            <p class="muted small">
                "Pending deliveries, tests, and what belongs to inactive or deleted webhooks are left out. Failed ones get one more attempt, skipped ones their whole schedule."
            </p>
            <form method="post" action=here>
                {fields.collect_view()}
                <Button tone=Tone::Primary icon=glyph::RETRY>{format!("Send {} again", deliveries(found.count))}</Button>
            </form>
        </section>
    }
    .into_any()
}
