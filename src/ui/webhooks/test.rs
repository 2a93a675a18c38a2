//! Sending a test: choose a type, see and change the example, send, read the answer.

use super::page::{WebhookHead, WebhookPage};
use crate::{
    model::{
        delivery::{Attempt, Delivery, DeliveryStatus},
        explain, time,
    },
    ui::{
        components::{Errors, *},
        islands::test_form::TestForm,
        layout::*,
    },
};
use leptos::prelude::*;

/// What the page shows besides the head.
#[derive(Clone, Debug)]
pub struct TestView {
    /// Names of the types to choose from.
    pub types: Vec<String>,
    pub event_type: String,
    /// The payload as it is to be sent, pretty.
    pub data: String,
    /// Whether the body says that it is a test.
    pub marked: bool,
    pub errors: Errors,
    /// The answer of the test that was just sent, rendered ([`TestResult`]); empty before.
    pub result: String,
}

const MARKED: &str =
    "The event's data as JSON. It goes out signed like any other, and its body says that it is a test.";
const UNMARKED: &str = "The event's data as JSON. It goes out signed like any other, and nothing in it says that it is a test: \
                        your receiver acts on it as on a real one. In the log it is marked.";

/// The page.
#[component]
pub fn TestPage(frame: Frame, head: WebhookHead, view: TestView) -> impl IntoView {
    let TestView { types, event_type, data, marked, errors, result } = view;
    let action = frame.path(&format!("webhooks/{}/test", head.webhook.id));
    let (slug, webhook) = (frame.organization.slug.clone(), head.webhook.id.to_string());
    let (off, inactive) = (head.test_off.clone(), !head.webhook.active);
    let options = types.into_iter().map(|name| (name.clone(), name)).collect();
    let lines = data.lines().count().clamp(6, 18) as u32;
    view! {
        <WebhookPage frame head tab="Test">
            <div class="test">
                {inactive.then(|| view! { <Notice>"This webhook is off. A test is sent all the same; other deliveries are skipped until it is on."</Notice> })}
                <TestForm slug webhook result>
                    <form class="card form" method="post" action=action.clone() novalidate=true>
                        <FormError errors=errors.clone()/>
                        <div class="row ends">
                            <SelectField name="event_type" label="Event type" options value=event_type errors=errors.clone()/>
                            <noscript><button class="button" r#type="submit" name="load" value="1">"Load its example"</button></noscript>
                        </div>
                        <AreaField name="data" label="Payload" value=data rows=lines class="area code" errors
                            help=if marked { MARKED } else { UNMARKED }/>
                        <div class="actions"><Button tone=Tone::Primary icon=glyph::SEND off>"Send test"</Button></div>
                    </form>
                </TestForm>
            </div>
        </WebhookPage>
    }
}

/// Where the answer will stand.
#[component]
pub fn NoResult() -> impl IntoView {
    let text = "What the receiver answers appears here: status, duration, headers and body.";
    view! { <Empty icon=glyph::SEND title="Nothing sent yet" text/> }
}

/// What came of a test: in words, then the figures and the answer itself.
#[component]
pub fn TestResult(base: String, delivery: Delivery, attempt: Attempt) -> impl IntoView {
    let good = delivery.status == DeliveryStatus::Success;
    let said = explain::attempt(&attempt);
    let code = attempt.response_code.map_or_else(|| attempt.outcome.label().to_owned(), |code| code.to_string());
    let body = attempt.response_body.clone().filter(|body| !body.is_empty());
    let headers = attempt.response_headers.iter().map(|(n, v)| format!("{n}: {v}")).collect::<Vec<_>>().join("\n");
    let advice = Some(said.advice.clone()).filter(|text| !text.is_empty());
    view! {
        <section class="card stack" aria-label="Result of the test">
            <Notice mood=if good { Mood::Good } else { Mood::Bad }>
                <strong>{said.reason}</strong>
                {advice.map(|text| view! { <p>{text}</p> })}
            </Notice>
            <dl class="card figures">
                <div><dt>"Status"</dt><dd>{code}</dd></div>
                <div><dt>"Duration"</dt><dd>{time::duration(attempt.duration_us)}</dd></div>
                <div><dt>"Delivery"</dt><dd class="plain-size"><a href=format!("{base}/deliveries/{}", delivery.id)>"Request and response"</a></dd></div>
            </dl>
            {body.map(|text| view! { <CodeBlock text title="Response body" wrap=true/> })}
            {(!headers.is_empty()).then(|| view! { <CodeBlock text=headers title="Response headers" wrap=true/> })}
        </section>
    }
}
