//! Settings → Webhooks: all of them at a glance, what needs attention first.

use super::rests::Rests;
use crate::{
    model::{
        first_run::FirstRun,
        time::{Time, duration},
        webhook::WebhookState,
        webhook_list::{ListQuery, Listed},
    },
    ui::{components::*, first_run::FirstRunPanel, islands::toggle::ToggleWebhook, layout::*},
};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct ListView {
    pub query: ListQuery,
    /// Those that match, in order.
    pub rows: Vec<Listed>,
    /// How many there are without the filter.
    pub total: usize,
    /// None once it has been put away.
    pub first_run: Option<FirstRun>,
    /// Why the person may not change webhooks, where that is so.
    pub off: Option<String>,
    pub now: Time,
}

/// The page.
#[component]
pub fn WebhooksPage(frame: Frame, view: ListView) -> impl IntoView {
    let (add, inboxes) = (frame.path("webhooks/new"), frame.path("inbox"));
    let ListView { query, rows, total, first_run, off, now } = view;
    let first_off = off.clone();
    let body = match (total, rows.len()) {
        (0, _) => view! { <NoWebhooks frame=frame.clone() off=off.clone()/> }.into_any(),
        (_, 0) => view! { <NoMatch frame=frame.clone()/> }.into_any(),
        _ => view! { <Rows frame=frame.clone() rows off=off.clone() now/> }.into_any(),
    };
    view! {
        <Layout frame=frame.clone() section=Section::Webhooks>
            <PageHeader title="Webhooks" lead="Where your events are sent, and how it is going.">
                <LinkButton href=inboxes tone=Tone::Quiet icon=glyph::INBOX>"Test inboxes"</LinkButton>
                {(total > 0).then(|| view! {
                    <LinkButton href=add tone=Tone::Primary icon=glyph::PLUS off>"Add webhook"</LinkButton>
                })}
            </PageHeader>
            {first_run.map(|steps| view! { <FirstRunPanel frame=frame.clone() steps off=first_off/> })}
            {(total > 0).then(|| view! { <Filter frame=frame.clone() query/> })}
            {body}
        </Layout>
    }
}

/// Search and state, kept in the URL.
#[component]
fn Filter(frame: Frame, query: ListQuery) -> impl IntoView {
    let all = frame.path("webhooks");
    let clear =
        query.is_filtered().then(|| view! { <LinkButton href=all.clone() tone=Tone::Quiet>"Clear"</LinkButton> });
    let states = WebhookState::ALL.map(|state| {
        let selected = query.state == state.as_str();
        view! { <option value=state.as_str() selected=selected>{state.label()}</option> }
    });
    view! {
        <form class="toolbar" method="get" action=all.clone() role="search">
            <div class="field search">
                <label r#for="q">"Search"</label>
                <Icon glyph=glyph::SEARCH/>
                <input class="input" id="q" name="q" r#type="search" value=query.q placeholder="Name, URL or event type"/>
            </div>
            <div class="field">
                <label r#for="state">"State"</label>
                <select class="select" id="state" name="state">
                    <option value="">"Any state"</option>
                    {states.into_iter().collect_view()}
                </select>
            </div>
            <Button icon=glyph::SEARCH>"Filter"</Button>
            {clear}
        </form>
    }
}

#[component]
fn Rows(frame: Frame, rows: Vec<Listed>, #[prop(optional_no_strip)] off: Option<String>, now: Time) -> impl IntoView {
    let count = rows.len();
    let lines =
        rows.into_iter().map(move |one| view! { <Row frame=frame.clone() one off=off.clone() now/> }).collect_view();
    view! {
        <div class="table-box">
            <table class="table cards">
                <caption class="only-heard">{if count == 1 { "1 webhook".into() } else { format!("{count} webhooks") }}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Webhook"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Events"</th>
                        <th scope="col">"Success, 24 h"</th>
                        <th scope="col" class="number"><abbr title="95th percentile of the response times of the last 24 hours">"p95"</abbr></th>
                        <th scope="col">"Last delivery"</th>
                        <th scope="col" class="number">"Waiting"</th>
                        <th scope="col">"Active"</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(frame: Frame, one: Listed, #[prop(optional_no_strip)] off: Option<String>, now: Time) -> impl IntoView {
    let Listed { webhook, health } = one;
    let name = webhook.name().to_owned();
    let named = !webhook.description.trim().is_empty();
    let reason = health.reason.clone().or(webhook.disabled_reason.clone());
    let last = match health.last_delivery_at {
        Some(at) => view! { <TimeText at now/> }.into_any(),
        None => view! { <span class="faint">"Never"</span> }.into_any(),
    };
    let rests = webhook.rests(now).map(|until| view! { <Rests until now/> });
    let rate = health.day.success_rate();
    let slow = health.day.p95_ms.map_or_else(|| "–".into(), |ms| duration(i64::from(ms) * 1_000));
    view! {
        <tr class="leads">
            <th scope="row" class="who">
                <a class="cover" href=frame.path(&format!("webhooks/{}", webhook.id))>
                    {if named { name.clone().into_any() } else { view! { <MiddleCut text=name.clone()/> }.into_any() }}
                </a>
                {named.then(|| view! { <span class="small muted"><MiddleCut text=webhook.short_url().to_owned()/></span> })}
            </th>
            <td data-label="State">
                <span class="state">
                    <WebhookBadge state=health.state/>
                    {reason.map(|text| view! { <span class="small muted why-state">{text}</span> })}
                    {rests}
                </span>
            </td>
            <td data-label="Events"><span class="cut events">{webhook.events.label()}</span></td>
            <td data-label="Success, 24 h">
                <span class="trend">
                    <span class="number">{rate.map_or_else(|| "–".into(), percent)}</span>
                    {rate.map(|_| view! { <Sparkline series=health.day.clone()/> })}
                </span>
            </td>
            <td data-label="Response, p95" class="number">{slow}</td>
            <td data-label="Last delivery" class="nowrap">{last}</td>
            <td data-label="Waiting" class="number">{health.waiting_label()}</td>
            <td data-label="Active">
                <ToggleWebhook slug=frame.organization.slug.clone() id=webhook.id.to_string() name active=webhook.active off=off/>
            </td>
        </tr>
    }
}

#[component]
fn NoWebhooks(frame: Frame, #[prop(optional_no_strip)] off: Option<String>) -> impl IntoView {
    view! {
        <Empty
            icon=glyph::WEBHOOK
            title="No webhooks yet"
            text="A webhook sends your events to a URL as they happen. Its state, success rate and deliveries will appear here."
        >
            <LinkButton href=frame.path("webhooks/new") tone=Tone::Primary icon=glyph::PLUS off>"Add your first webhook"</LinkButton>
        </Empty>
    }
}

#[component]
fn NoMatch(frame: Frame) -> impl IntoView {
    view! {
        <Empty icon=glyph::SEARCH title="No webhook matches" text="Nothing has this name, URL or event type in this state.">
            <LinkButton href=frame.path("webhooks")>"Clear filters"</LinkButton>
        </Empty>
    }
}
