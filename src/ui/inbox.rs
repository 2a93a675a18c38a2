//! Inboxes: what arrived, with a word on each signature.

use super::{
    components::*,
    deliveries::Moment,
    delivery_detail::{Body, Headers},
    islands::live_rows::LiveRows,
    layout::{Frame, Layout, Plain, Section},
};
use crate::model::{inbox::*, time::Time};
use leptos::prelude::*;

/// The id of the element that holds the requests, where live ones go.
pub const REQUESTS: &str = "inbox-requests";

/// What the page of one inbox shows.
#[derive(Clone, Debug)]
pub struct InboxView {
    pub inbox: Inbox,
    pub requests: Vec<InboxRequest>,
    /// Address of the organization, as `/o/acme`.
    pub organization: String,
    pub now: Time,
}

impl InboxView {
    fn here(&self) -> String {
        format!("{}/inbox/{}", self.organization, self.inbox.id)
    }
}

/// One inbox.
#[component]
pub fn InboxPage(frame: Frame, view: InboxView) -> impl IntoView {
    let above = vec![
        ("Webhooks".to_owned(), format!("{}/webhooks", view.organization)),
        ("Test inboxes".to_owned(), format!("{}/inbox", view.organization)),
    ];
    let here = view.here();
    let url = view! { <Copyable text=view.inbox.url.clone() what="URL"/> };
    let count = view.requests.len();
    let requests = view.requests.iter().enumerate().map(|(place, request)| {
        view! { <Received request=request.clone() here=here.clone() now=view.now open=place == 0/> }
    });
    // The place for live ones is there from the start; with the first of them, the style sheet takes
    // the words about nothing away.
    let nothing = view.requests.is_empty().then(|| view! { <NothingYet view=view.clone()/> });
    let requests = requests.collect_view();
    view! {
        <Layout frame section=Section::Webhooks>
            <Breadcrumbs above here="Inbox"/>
            <PageHeader
                title="Test inbox"
                lead="Answers 200 to whatever arrives and shows it here, with a word on the signature."
                below=Some(url.into_any())
            />
            <Pointing view=view.clone()/>
            <LiveRows source=format!("{here}/live") list=REQUESTS.to_owned() since=view.now.0/>
            <h2 class="only-heard">"Requests"</h2>
            <div id=REQUESTS class="stack received-list">{requests}</div>
            {nothing}
            <p class="muted small">
                {(count as i64 == MOST_KEPT).then_some("Older requests made room for newer ones. ")}
                "Kept for 24 hours, at most 100 requests. Values of headers that carry credentials are masked."
            </p>
        </Layout>
    }
}

/// Where an inbox receives, opened in a browser.
#[component]
pub fn InboxAddressPage() -> impl IntoView {
    view! {
        <Plain>
            <h1>"An address for webhooks"</h1>
            <p>
                "This is where a test inbox receives webhooks, by POST; a browser asks by GET, and gets nothing. \
                 What arrived is shown on the inbox's own page: after you have signed in, choose Webhooks, then \
                 Test inboxes."
            </p>
            <p class="actions"><LinkButton href="/" tone=Tone::Primary>"Go to the start page"</LinkButton></p>
        </Plain>
    }
}

/// Which webhooks send here.
#[component]
fn Pointing(view: InboxView) -> impl IntoView {
    if view.inbox.webhooks.is_empty() {
        return ().into_any();
    }
    let organization = view.organization;
    let links = view.inbox.webhooks.into_iter().map(|(id, name)| {
        let page = format!("{organization}/webhooks/{id}");
        let test = format!("{organization}/webhooks/{id}/test");
        view! {
            <li class="row">
                <a href=page><bdi>{name}</bdi></a>
                <LinkButton href=test small=true icon=glyph::SEND>"Send a test"</LinkButton>
            </li>
        }
    });
    view! {
        <section class="row" aria-label="Webhooks that send here">
            <span class="muted">"Receives from"</span>
            <ul role="list" class="row">{links.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// How to get something in here, now.
#[component]
fn NothingYet(view: InboxView) -> impl IntoView {
    let InboxView { inbox, organization, .. } = view;
    let (text, href, action) = match inbox.webhooks.first() {
        Some((id, name)) => (
            format!(
                "Send a test event from {name}. It appears here within a moment, with the verdict on its signature."
            ),
            format!("{organization}/webhooks/{id}/test"),
            "Send a test",
        ),
        None => (
            "Add a webhook with this inbox as its URL, then send a test event from it.".to_owned(),
            format!("{organization}/webhooks/new?url={}", inbox.url),
            "Add a webhook for this inbox",
        ),
    };
    let command = format!("curl -d '{{\"hello\":\"inbox\"}}' {}", inbox.url);
    view! {
        <div class="stack nothing-yet">
            <Empty icon=glyph::INBOX title="Nothing has arrived yet" text>
                <LinkButton href tone=Tone::Primary icon=glyph::SEND>{action}</LinkButton>
            </Empty>
            <CodeBlock text=command title="Or from a terminal; it is shown as not signed" wrap=true/>
        </div>
    }
    .into_any()
}

/// One request; also what is sent live.
#[component]
pub fn Received(request: InboxRequest, here: String, now: Time, open: bool) -> impl IntoView {
    let title = request.event_type().unwrap_or_else(|| "Request".into());
    let (badge, why) = match request.verdict.clone() {
        Verdict::Verified => (
            view! { <Badge mood=Mood::Good icon=glyph::SHIELD text="Signature verified"/> },
            "Signed with the secret of the webhook that sends here, less than 5 minutes old, body unchanged."
                .to_owned(),
        ),
        Verdict::NotVerified(why) => {
            (view! { <Badge mood=Mood::Warn icon=glyph::WARNING text="Signature not verified"/> }, why)
        }
    };
    let all = format!("{here}/requests/{}/body", request.id);
    let truncated = request.body_truncated.then(|| format!("Only the first {} KiB were kept.", MAX_KEPT_BODY / 1024));
    let body = if request.body.is_empty() {
        view! { <p class="muted">"It had no body."</p> }.into_any()
    } else {
        view! { <Body text=request.body name=request.id.to_string() all truncated cut_before=request.body_cut/> }
            .into_any()
    };
    view! {
        <details class="card fold received" id=request.id.to_string() open=open>
            <summary>
                <span class="row between">
                    <span class="row"><span class="strong"><bdi>{title}</bdi></span>{badge}</span>
                    <Moment at=request.received_at now/>
                </span>
            </summary>
            <div class="stack">
                <p class="muted">{why}</p>
                {body}
                <Headers headers=request.headers/>
            </div>
        </details>
    }
    .into_any()
}

/// All inboxes of the organization.
#[component]
pub fn InboxesPage(
    frame: Frame,
    inboxes: Vec<Inbox>,
    /// Why this person may not make one, if so.
    off: Option<String>,
    now: Time,
) -> impl IntoView {
    let above = vec![("Webhooks".to_owned(), frame.path("webhooks"))];
    let organization = frame.path("").trim_end_matches('/').to_owned();
    let action = format!("{organization}/inbox");
    let form = view! {
        <form method="post" action=action>
            <Button tone=Tone::Primary icon=glyph::PLUS off>"New test inbox"</Button>
        </form>
    };
    let list = if inboxes.is_empty() {
        let text = "A test inbox is a receiver of this installation: point a webhook at it and see what it sends.";
        view! { <Empty icon=glyph::INBOX title="No test inbox yet" text/> }.into_any()
    } else {
        view! { <InboxTable inboxes organization now/> }.into_any()
    };
    view! {
        <Layout frame section=Section::Webhooks>
            <Breadcrumbs above here="Test inboxes"/>
            <PageHeader title="Test inboxes" lead="Built-in receivers to try webhooks with; what they get is kept for 24 hours.">
                {form}
            </PageHeader>
            {list}
        </Layout>
    }
}

#[component]
fn InboxTable(inboxes: Vec<Inbox>, organization: String, now: Time) -> impl IntoView {
    let rows = inboxes.into_iter().map(|inbox| {
        let href = format!("{organization}/inbox/{}", inbox.id);
        let names: Vec<_> = inbox.webhooks.iter().map(|(_, name)| name.clone()).collect();
        let names = if names.is_empty() { "No webhook yet".to_owned() } else { names.join(", ") };
        view! {
            <tr class="leads">
                <th scope="row"><a class="cover" href=href><bdi>{names}</bdi></a></th>
                <td data-label="Receives at"><code class="break">{inbox.url}</code></td>
                <td data-label="Made"><Moment at=inbox.created_at now/></td>
                <td data-label="Last request">{inbox.last_received_at.map(|at| view! { <Moment at now/> })}</td>
            </tr>
        }
    });
    view! {
        <div class="table-box">
            <table class="table cards">
                <caption class="only-heard">"Test inboxes, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Webhook"</th>
                        <th scope="col">"Receives at"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">"Last request"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
