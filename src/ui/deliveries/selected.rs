//! Before selected deliveries are sent again: how many, how old, to whom, and which are left out and why.

use super::{FIELD, Moment};
use crate::{
    model::{id::WebhookId, log_filter::LogQuery, selected::Selected, time::Time},
    ui::{
        components::*,
        layout::{Frame, Layout, Section},
        recovery::deliveries,
    },
};
use leptos::prelude::*;
use std::collections::HashMap;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct SelectedView {
    pub selected: Selected,
    /// Of the webhooks that they went to.
    pub names: HashMap<WebhookId, String>,
    /// The filters of the list that they were selected in.
    pub query: LogQuery,
    pub now: Time,
}

/// The page.
#[component]
pub fn SelectedPage(frame: Frame, view: SelectedView) -> impl IntoView {
    let log = frame.path("deliveries");
    let back = format!("{log}{}", view.query.link(None));
    let nothing = view.selected == Selected::default();
    let body = match nothing {
        true => view! { <Nothing back=back.clone()/> }.into_any(),
        false => view! { <Ready view=view.clone() log=log.clone() back=back.clone()/> <LeftOut view log/> }.into_any(),
    };
    view! {
        <Layout frame section=Section::Deliveries narrow=true>
            <Breadcrumbs above=vec![("Deliveries".to_owned(), back)] here="Retry selected"/>
            <PageHeader title="Retry selected deliveries"
                lead="Each is sent once more, at once. Receivers see the same webhook-id as before."/>
            <div class="stack">{body}</div>
        </Layout>
    }
}

#[component]
fn Nothing(back: String) -> impl IntoView {
    view! {
        <Empty icon=glyph::RETRY title="Nothing is selected" text="Tick the boxes of the deliveries to send again, then choose “Retry selected …”.">
            <LinkButton href=back tone=Tone::Primary>"Back to the deliveries"</LinkButton>
        </Empty>
    }
    .into_any()
}

/// What will be sent, and the button.
#[component]
fn Ready(view: SelectedView, log: String, back: String) -> impl IntoView {
    let SelectedView { selected, names, query, now } = view;
    let (Some(oldest), Some(newest)) = (selected.oldest(), selected.newest()) else {
        return view! { <Notice mood=Mood::Warn>"None of the selected deliveries can be sent again. Why stands below."</Notice> }
            .into_any();
    };
    let count = deliveries(selected.ready.len() as u64);
    let webhooks = selected.webhooks().into_iter().map(|(id, count)| {
        let name = names.get(&id).cloned().unwrap_or_default();
        view! { <li><bdi>{name}</bdi>{format!(": {}", deliveries(count))}</li> }
    });
    let webhooks = webhooks.collect_view();
    let ids = selected.ready.iter().map(|delivery| (FIELD, delivery.id.to_string()));
    let pairs = query.to_pairs().into_iter().map(|(name, value)| (name, value.to_owned()));
    let fields: Vec<_> = pairs.chain(ids).collect();
    let fields = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <section class="card stack" aria-labelledby="ready">
            <h2 id="ready">{format!("{count} will be sent again")}</h2>
            <dl class="facts">
                <dt>"Oldest"</dt><dd><Moment at=oldest now/></dd>
                <dt>"Newest"</dt><dd><Moment at=newest now/></dd>
                <dt>"To"</dt><dd><ul role="list">{webhooks}</ul></dd>
            </dl>
            <form class="actions" method="post" action=format!("{log}/selected")>
                {fields.collect_view()}
                <Button tone=Tone::Primary icon=glyph::RETRY>{format!("Send {count} again")}</Button>
                <LinkButton href=back tone=Tone::Quiet>"Cancel"</LinkButton>
            </form>
        </section>
    }
    .into_any()
}

/// Those that stay as they are, each with the reason.
#[component]
fn LeftOut(view: SelectedView, log: String) -> impl IntoView {
    let Selected { left_out, missing, .. } = view.selected;
    let gone = (missing > 0).then(|| view! { <p class="muted">{format!("Not in the log any more: {missing}.")}</p> });
    if left_out.is_empty() {
        return gone.into_any();
    }
    let title = format!("Left out: {}", deliveries(left_out.len() as u64));
    let rows = left_out.into_iter().map(|(delivery, reason)| {
        let href = format!("{log}/{}", delivery.id);
        let name = view.names.get(&delivery.webhook_id).cloned().unwrap_or_default();
        view! {
            <tr class="leads">
                <td class="state"><DeliveryBadge status=delivery.status code=delivery.response_code outcome=delivery.outcome/></td>
                <th scope="row"><a class="cover" href=href><bdi>{delivery.event_type}</bdi></a></th>
                <td data-label="Webhook"><bdi class="cut">{name}</bdi></td>
                <td data-label="Why">{reason}</td>
            </tr>
        }
    });
    view! {
        <section class="stack tight" aria-labelledby="left-out">
            <h2 id="left-out">{title}</h2>
            <div class="table-box">
                <table class="table cards">
                    <thead><tr>
                        <th scope="col">"Status"</th><th scope="col">"Event type"</th><th scope="col">"Webhook"</th><th scope="col">"Why"</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            {gone}
        </section>
    }
    .into_any()
}
