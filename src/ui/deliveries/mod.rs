//! The log of deliveries of an organization; one webhook's is the same list, filtered.

mod filter;
mod row;
mod select;
mod selected;
mod states;

pub use filter::{EventTypeField, Filters, MomentField, errors_in_words};
pub use row::{DeliveryRow, DeliveryTable, Moment, ROWS};
pub use select::FIELD;
pub use selected::{SelectedPage, SelectedView};

use super::{
    components::{Errors, *},
    islands::live_rows::LiveRows,
    layout::{Frame, Layout, Section},
    saved_views::ViewLinks,
    webhooks::page::{WebhookHead, WebhookPage},
};
use crate::model::{
    delivery::Delivery,
    id::WebhookId,
    log_filter::LogQuery,
    saved_view::SavedView,
    time::{Time, in_days},
};
use leptos::prelude::*;
use select::Selection;
use states::{Failure, NoMatch, NoMatchYet, NothingYet, Unfiltered};

/// What a list of deliveries shows.
#[derive(Clone, Debug)]
pub struct Log {
    /// Address of the list.
    pub here: String,
    /// Address under which each delivery has its page.
    pub details: String,
    /// The list of one webhook, among its pages: it is not filtered by webhook, its address names it.
    pub of_webhook: bool,
    pub query: LogQuery,
    pub errors: Errors,
    pub rows: Vec<LogRow>,
    /// Why there are no rows, where reading them failed.
    pub failure: Option<String>,
    /// Webhooks to choose from: id and name.
    pub webhooks: Vec<(WebhookId, String)>,
    /// Event types to choose from.
    pub event_types: Vec<String>,
    /// Cursor of the page before this one, in time.
    pub older: Option<String>,
    /// How far back this page was looked for, where it is not full and there is more to look through.
    pub searched_back_to: Option<Time>,
    /// Cursor of the page after this one, in time; the newest page has no cursor.
    pub newer: Option<String>,
    pub now: Time,
    pub retention_days: u32,
    /// When the oldest delivery that is there was created.
    pub oldest: Option<Time>,
    /// Why the person may not send deliveries again.
    pub retry_off: Option<String>,
    pub views: Vec<SavedView>,
    /// Whether the person may take the list along as a file.
    pub may_export: bool,
}

/// One row.
#[derive(Clone, Debug)]
pub struct LogRow {
    pub delivery: Delivery,
    pub webhook_name: String,
}

impl Log {
    /// The list's address with its filters, at a page of it.
    pub fn link(&self, cursor: Option<&str>) -> String {
        format!("{}{}", self.here, self.asked().link(cursor))
    }
    /// What is filtered by beyond what the list's address says.
    fn asked(&self) -> LogQuery {
        let mut asked = self.query.clone();
        if self.of_webhook {
            asked.webhook_id.clear();
        }
        asked
    }
    /// Live rows belong at the top of the newest page, and nowhere else.
    fn is_live(&self) -> bool {
        self.query.cursor.is_empty() && self.errors.is_empty() && self.failure.is_none()
    }
}

/// The organization's deliveries.
#[component]
pub fn DeliveriesPage(frame: Frame, log: Log) -> impl IntoView {
    let lead = format!(
        "Each event sent to a webhook, newest first. Finished deliveries are kept {}.",
        in_days(log.retention_days)
    );
    let recover = frame.path(&format!("recover{}", log.query.link(None)));
    let (jobs, off) = (frame.path("jobs"), log.retry_off.clone());
    view! {
        <Layout frame section=Section::Deliveries>
            <PageHeader title="Deliveries" lead>
                <LinkButton href=jobs tone=Tone::Quiet>"Recovery jobs"</LinkButton>
                <LinkButton href=recover icon=glyph::RETRY off>"Retry all that match …"</LinkButton>
            </PageHeader>
            <DeliveryLog log/>
        </Layout>
    }
}

/// One webhook's deliveries, among its pages.
#[component]
pub fn WebhookDeliveriesPage(frame: Frame, head: WebhookHead, log: Log) -> impl IntoView {
    let recover = frame.path(&format!("recover{}", log.query.link(None)));
    let off = log.retry_off.clone();
    view! {
        <WebhookPage frame head tab="Deliveries">
            <DeliveryLog log/>
            <p><LinkButton href=recover small=true icon=glyph::RETRY off>"Retry all that match …"</LinkButton></p>
        </WebhookPage>
    }
}

/// Filters, rows and paging.
#[component]
fn DeliveryLog(log: Log) -> impl IntoView {
    let source = format!("{}/live{}", log.details, log.query.link(None));
    let live = log.is_live().then(|| view! { <LiveRows source list=ROWS.to_owned() since=log.now.0/> });
    let views = view! { <ViewLinks views=log.views.clone() query=log.query.clone() here=log.details.clone()/> };
    let filters = view! { <Filters log=log.clone()/> {views} };
    let body = if let Some(text) = log.failure.clone() {
        view! { <Failure text again=log.link(None)/> }.into_any()
    } else if !log.errors.is_empty() {
        view! { <Unfiltered here=log.here.clone()/> }.into_any()
    } else if !log.rows.is_empty() {
        view! { <DeliveryTable log=log.clone()/> <Selection log=log.clone()/> <Pages log=log.clone()/> }.into_any()
    } else if let (Some(back_to), Some(older)) = (log.searched_back_to, log.older.as_deref()) {
        let go_on = log.link(Some(older));
        view! { <NoMatchYet back_to go_on here=log.here.clone()/> }.into_any()
    } else if log.asked().is_filtered() || !log.query.cursor.is_empty() {
        view! { <NoMatch here=log.here.clone() retention_days=log.retention_days/> }.into_any()
    } else {
        view! { <NothingYet webhooks=log.webhooks.len() here=log.details.clone()/> }.into_any()
    };
    let class = if log.of_webhook { "stack of-webhook" } else { "stack" };
    view! { <div class=class id="log">{filters}{live}{body}</div> }.into_any()
}

/// Links to files of all that the filters choose.
#[component]
fn Export(log: Log) -> impl IntoView {
    let query = LogQuery { limit: String::new(), ..log.query };
    let file = |ending: &str| format!("{}/export.{ending}{}", log.details, query.link(None));
    view! { "Export as "<a href=file("csv") download="">"CSV"</a>" or "<a href=file("jsonl") download="">"JSON lines"</a>"." }
}

/// Links to newer and older deliveries; the filters go along.
#[component]
fn Pages(log: Log) -> impl IntoView {
    let newest = (!log.query.cursor.is_empty()).then(|| log.link(None));
    let newer = log.newer.as_deref().map(|cursor| log.link(Some(cursor)));
    let older = log.older.as_deref().map(|cursor| log.link(Some(cursor)));
    let searched = log.searched_back_to.map(|time| format!("Searched back to {}. ", time.absolute()));
    let about = format!("{}Kept {}. Times are in UTC.", searched.unwrap_or_default(), in_days(log.retention_days));
    let oldest = log.oldest.map(|at| format!(" The oldest is from {}.", at.absolute()));
    let on = if log.searched_back_to.is_some() { "Search older" } else { "Older" };
    view! {
        <nav class="pagination" aria-label="Pages">
            <span>{about}{oldest}{log.may_export.then(|| view! { " " <Export log=log.clone()/> })}</span>
            <span class="links">
                {newest.map(|href| view! { <LinkButton href small=true>"Newest"</LinkButton> })}
                {newer.map(|href| view! { <LinkButton href small=true icon=glyph::BACK>"Newer"</LinkButton> })}
                {older.map(|href| view! { <LinkButton href small=true icon=glyph::FORWARD>{on}</LinkButton> })}
            </span>
        </nav>
    }
    .into_any()
}
