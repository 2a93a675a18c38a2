//! Rows of the log; also what is sent live, one row at a time.

use super::{
    Log, LogRow,
    select::{Pick, SelectAll},
};
use crate::{
    model::time::{Time, duration, relative},
    ui::components::*,
};
use leptos::prelude::*;

/// The id of the table's body, where live rows go.
pub const ROWS: &str = "delivery-rows";

/// The table of one page.
#[component]
pub fn DeliveryTable(log: Log) -> impl IntoView {
    let query = log.query.link(None);
    let rows = log.rows.into_iter().map(|row| {
        view! { <DeliveryRow row here=log.details.clone() query=query.clone() now=log.now/> }
    });
    view! {
        <div class="table-box">
            <table class="table cards deliveries">
                <caption class="only-heard">"Deliveries, newest first"</caption>
                <thead>
                    <tr>
                        <SelectAll/>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Event type"</th>
                        <th scope="col">"Webhook"</th>
                        <th scope="col" class="number">"Attempt"</th>
                        <th scope="col" class="number">"Duration"</th>
                        <th scope="col">"Created"</th>
                        <th scope="col">"Next attempt"</th>
                    </tr>
                </thead>
                <tbody id=ROWS>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// One row; its id is the delivery's. `query` goes along, so that the delivery's page can lead to its
/// neighbours in the list.
#[component]
pub fn DeliveryRow(row: LogRow, here: String, query: String, now: Time) -> impl IntoView {
    let LogRow { delivery, webhook_name } = row;
    let href = format!("{here}/{}{query}", delivery.id);
    let took = delivery.duration_us.map(duration);
    let made = delivery.attempt_count;
    let attempt = (made > 0).then(|| format!("{made} of {}", delivery.max_attempts.max(made)));
    let next = delivery.next_attempt_at.filter(|_| delivery.attempt_count > 0);
    view! {
        <tr class="leads" id=delivery.id.to_string()>
            <Pick id=delivery.id event_type=delivery.event_type.clone()/>
            <td class="state">
                <DeliveryBadge status=delivery.status code=delivery.response_code outcome=delivery.outcome/>
            </td>
            <th scope="row">
                <a class="cover" href=href><bdi>{delivery.event_type}</bdi></a>
                {delivery.is_test.then(|| view! { " " <Badge text="Test"/> })}
            </th>
            <td data-label="Webhook"><bdi class="cut">{webhook_name}</bdi></td>
            <td class="number" data-label="Attempt">{attempt}</td>
            <td class="number" data-label="Duration">{took}</td>
            <td data-label="Created"><Moment at=delivery.created_at now/></td>
            <td data-label="Next attempt">{next.map(|at| view! { <Moment at now/> })}</td>
        </tr>
    }
    .into_any()
}

/// How long ago, and below it the moment itself: no pointer needed.
#[component]
pub fn Moment(at: Time, now: Time) -> impl IntoView {
    view! {
        <time class="moment" datetime=at.rfc3339()>
            <span class="ago">{relative(at, now)}</span>
            <span class="at">{at.absolute()}</span>
        </time>
    }
}
