//! One delivery: why it stands where it stands, every attempt, what was sent and what came back.

mod body;
mod compare;
mod due;
mod exchange;
mod json_tree;
mod timeline;

pub use body::Body;
pub use compare::{ComparePage, CompareView};
pub use exchange::Headers;

use super::{
    components::*,
    deliveries::Moment,
    health::Checklist,
    islands::live_delivery::LiveDelivery,
    layout::{Frame, Layout, Section},
};
use crate::model::{
    delivery::{Attempt, DeliveryDetail, DeliveryStatus},
    explain::{self, steps::steps},
    query_string::query_string,
    time::Time,
};
use exchange::Exchange;
use leptos::prelude::*;
use timeline::Timeline;

/// The id of the part that is replaced when the delivery changes.
pub const PART: &str = "delivery";

/// What the page of one delivery shows.
#[derive(Clone, Debug)]
pub struct Detail {
    pub detail: DeliveryDetail,
    /// Address of the organization, as `/o/acme`.
    pub organization: String,
    pub slug: String,
    /// The list's filters, which the neighbours keep to; with its question mark.
    pub query: String,
    /// The attempt that was chosen by link; otherwise the latest is shown.
    pub chosen: Option<u32>,
    /// Why this person may not retry, if so.
    pub retry_refused: Option<String>,
    pub newer: Option<String>,
    pub older: Option<String>,
    /// Addresses that deliveries come from, for firewalls.
    pub egress_ips: Vec<String>,
    pub now: Time,
}

impl Detail {
    /// This delivery's own address.
    pub fn here(&self) -> String {
        format!("{}/deliveries/{}", self.organization, self.detail.delivery.id)
    }
    /// The attempt that is looked at.
    pub fn attempt(&self) -> Option<&Attempt> {
        let chosen = self.chosen.and_then(|number| self.detail.attempts.iter().find(|a| a.number == number));
        chosen.or(self.detail.attempts.last())
    }
    /// Why it cannot be sent again now: the role's reason first, then the state's.
    fn retry_off(&self) -> Option<String> {
        let state = self.detail.delivery.can_retry().err().map(str::to_owned);
        let gone = (!self.detail.webhook_exists).then(|| "The webhook was deleted.".to_owned());
        self.retry_refused.clone().or(gone).or(state)
    }
    /// The page's address with further filters and choices.
    fn with(&self, page: &str, pair: Option<String>) -> String {
        let joint = if self.query.is_empty() { "?" } else { "&" };
        let pair = pair.map(|pair| format!("{joint}{pair}")).unwrap_or_default();
        format!("{}{page}{}{pair}", self.here(), self.query)
    }
    /// The live stream that keeps to the same attempt and the same filters.
    fn live_source(&self) -> String {
        self.with("/live", self.chosen.map(|n| format!("attempt={n}")))
    }
}

/// The page.
#[component]
pub fn DeliveryPage(frame: Frame, detail: Detail) -> impl IntoView {
    let above = vec![("Deliveries".to_owned(), format!("{}/deliveries{}", detail.organization, detail.query))];
    let id = detail.detail.delivery.id.to_string();
    let live = view! {
        <LiveDelivery source=detail.live_source() part=PART.to_owned() slug=detail.slug.clone() id=id.clone() since=detail.now.0/>
    };
    let neighbours = view! { <Neighbours newer=detail.newer.clone() older=detail.older.clone()/> };
    view! {
        <Layout frame section=Section::Deliveries>
            <div class="row between"><Breadcrumbs above here=id/>{neighbours}</div>
            {live}
            <div id=PART class="stack loose"><DeliveryPart detail/></div>
        </Layout>
    }
}

/// The deliveries before and after this one in the list that was come from.
#[component]
fn Neighbours(newer: Option<String>, older: Option<String>) -> impl IntoView {
    (newer.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="row" aria-label="Neighbours in the list">
                {newer.map(|href| view! { <LinkButton href small=true icon=glyph::BACK>"Newer"</LinkButton> })}
                {older.map(|href| view! { <LinkButton href small=true icon=glyph::FORWARD>"Older"</LinkButton> })}
            </nav>
        }
    })
}

/// All that changes when the delivery does; sent anew by the live stream.
#[component]
pub fn DeliveryPart(detail: Detail) -> impl IntoView {
    let delivery = detail.detail.delivery.clone();
    let badges = view! {
        <div class="row">
            <DeliveryBadge status=delivery.status code=delivery.response_code outcome=delivery.outcome/>
            {delivery.is_test.then(|| view! { <Badge text="Test"/> })}
            <span class="muted">"to "<bdi>{detail.detail.webhook_name.clone()}</bdi></span>
        </div>
    };
    let action = detail.with("/retry", None);
    let off = detail.retry_off();
    let unsent = (detail.attempt().is_none()).then(|| {
        view! { <Unsent text=detail.detail.request_body.clone() here=detail.here()/> }
    });
    let exchange = detail.attempt().cloned().map(|attempt| {
        let body = detail.detail.request_body.clone();
        view! { <Exchange attempt body here=detail.here() now=detail.now/> }
    });
    view! {
        <PageHeader title=delivery.event_type.clone() below=Some(badges.into_any())>
            <form method="post" action=action data-retry="">
                <Button tone=Tone::Primary icon=glyph::RETRY off>"Retry"</Button>
            </form>
        </PageHeader>
        <Reason detail=detail.clone()/>
        <Facts detail=detail.clone()/>
        <div class="attempt-columns">
            <Timeline detail=detail.clone()/>
            <div class="stack">{exchange}{unsent}</div>
        </div>
    }
    .into_any()
}

/// Before the first attempt: what will be sent.
#[component]
fn Unsent(text: String, here: String) -> impl IntoView {
    view! {
        <section class="card stack">
            <header><h2>"Request"</h2><p>"Not sent yet. This is the body it will carry."</p></header>
            <Body text name="request" all=format!("{here}/body/request") truncated=None/>
        </section>
    }
    .into_any()
}

/// Why, and what to do, in words.
#[component]
fn Reason(detail: Detail) -> impl IntoView {
    let known = &detail.detail;
    let why = explain::delivery(&known.delivery, known.attempts.last(), known.webhook_exists);
    let mood = match known.delivery.status {
        DeliveryStatus::Success => Mood::Good,
        DeliveryStatus::Failed => Mood::Bad,
        DeliveryStatus::Pending if known.attempts.is_empty() => Mood::Accent,
        DeliveryStatus::Pending => Mood::Warn,
        DeliveryStatus::Skipped => Mood::Calm,
    };
    let advice = (!why.advice.is_empty()).then(|| view! { <p class="advice">{why.advice.clone()}</p> });
    let last = known.attempts.last().filter(|_| known.delivery.status != DeliveryStatus::Success);
    let steps = last.map(|attempt| steps(attempt.outcome, attempt.response_code)).unwrap_or_default();
    let checklist = (!steps.is_empty()).then(|| view! { <Checklist steps addresses=detail.egress_ips.clone()/> });
    view! { <Notice mood><p class="strong reason">{why.reason}</p>{advice}{checklist}</Notice> }.into_any()
}

/// Ids and times.
#[component]
fn Facts(detail: Detail) -> impl IntoView {
    let now = detail.now;
    let delivery = detail.detail.delivery;
    let webhook = format!("{}/webhooks/{}", detail.organization, delivery.webhook_id);
    let same_event = format!("{}/deliveries{}", detail.organization, query_string(&[("id", &delivery.event_id)]));
    let name = view! { <bdi>{detail.detail.webhook_name}</bdi> };
    let webhook = match detail.detail.webhook_exists {
        true => view! { <a href=webhook>{name}</a> }.into_any(),
        false => view! { {name}" (deleted)" }.into_any(),
    };
    let sent_to = detail.detail.attempts.last().map(|attempt| attempt.url.clone());
    let end = match (delivery.completed_at, delivery.next_attempt_at) {
        (Some(at), _) => Some(("Finished", at)),
        (None, Some(at)) => Some(("Next attempt", at)),
        (None, None) => None,
    };
    view! {
        <dl class="facts card">
            <dt>"Delivery"</dt><dd><Copyable text=delivery.id.to_string() what="delivery id"/></dd>
            <dt>"Event"</dt>
            <dd class="row">
                <Copyable text=delivery.event_id.clone() what="event id"/>
                <a class="small" href=same_event>"All deliveries of this event"</a>
            </dd>
            <dt>"Webhook"</dt><dd>{webhook}</dd>
            <SentTo sent_to now_at=delivery.url exists=detail.detail.webhook_exists/>
            <dt>"Created"</dt><dd><Moment at=delivery.created_at now/></dd>
            {end.map(|(label, at)| view! { <dt>{label}</dt><dd><Moment at now/></dd> })}
            {detail.detail.interrupted_at.map(|at| view! { <Interrupted at now/> })}
        </dl>
    }
    .into_any()
}

/// The service ended without order while it held the delivery: why it may have come twice.
#[component]
fn Interrupted(at: Time, now: Time) -> impl IntoView {
    view! {
        <dt>"Interrupted"</dt>
        <dd>
            <Moment at now/>
            <p class="small muted">
                "Switchhook ended unexpectedly while this delivery was on its way. The receiver may have got it once more "
                "than is listed here, under the same event id."
            </p>
        </dd>
    }
    .into_any()
}

/// The address of the last attempt, which the webhook's own may have left since.
#[component]
fn SentTo(#[prop(optional_no_strip)] sent_to: Option<String>, now_at: String, exists: bool) -> impl IntoView {
    let Some(sent_to) = sent_to else {
        return view! { <dt>"Goes to"</dt><dd><Copyable text=now_at what="URL"/></dd> }.into_any();
    };
    let moved = (exists && sent_to != now_at).then(|| {
        view! { <p class="small muted break">"The webhook’s URL was changed since. A retry goes to "{now_at}"."</p> }
    });
    view! { <dt>"Sent to"</dt><dd><Copyable text=sent_to what="URL"/>{moved}</dd> }.into_any()
}
