//! Who is told when webhooks fail, of what, and what is done about those that fail for days.

use super::{
    components::{Errors, *},
    layout::{Frame, Layout, Section},
};
use crate::model::{
    alert::{AlertForm, DISABLE_AFTER, PAUSES},
    member::Member,
};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct AlertsView {
    pub form: AlertForm,
    pub errors: Errors,
    pub members: Vec<Member>,
    /// The host of the chat that is saved.
    pub chat_hint: Option<String>,
    /// The catalogue's names.
    pub types: Vec<String>,
    /// Whether mails reach people, or only the log.
    pub by_mail: bool,
}

/// The page.
#[component]
pub fn AlertsPage(frame: Frame, view: AlertsView) -> impl IntoView {
    let AlertsView { form, errors, members, chat_hint, types, by_mail } = view;
    let (save, test) = (frame.path("alerts"), frame.path("alerts/test"));
    view! {
        <Layout frame section=Section::Alerts narrow=true>
            <PageHeader title="Alerts" lead="Who is told when webhooks fail, and of what."/>
            <form class="form" method="post" action=save novalidate=true>
                <FormError errors=errors.clone()/>
                <Who members form=form.clone() chat_hint by_mail errors=errors.clone()/>
                <What form=form.clone() types errors=errors.clone()/>
                <Steps form errors/>
                <div class="actions"><Button tone=Tone::Primary>"Save alerts"</Button></div>
            </form>
            <section class="card stack" aria-labelledby="try-alerts">
                <h2 id="try-alerts">"Try it"</h2>
                <p class="muted">"Sends a message to everybody above, as it was saved last."</p>
                <form method="post" action=test><Button icon=glyph::BELL>"Send a test alert"</Button></form>
            </section>
        </Layout>
    }
}

#[component]
fn Who(
    members: Vec<Member>,
    form: AlertForm,
    #[prop(optional_no_strip)] chat_hint: Option<String>,
    by_mail: bool,
    errors: Errors,
) -> impl IntoView {
    let chosen = form.mail_to.clone();
    let member = move |one: Member| {
        let id = one.user_id.to_string();
        let checked = chosen.contains(&id);
        let label = format!("{} ({})", one.name, one.role.label().to_lowercase());
        view! { <Check name="mail_to" value=id label checked help=one.email/> }
    };
    let saved = chat_hint.is_some();
    let described = errors.of("mail_to").map(|_| "mail_to-error");
    let placeholder = match &chat_hint {
        Some(host) => format!("{host}/•••••••• saved; type to replace"),
        None => "https://hooks.slack.com/services/…".to_owned(),
    };
    view! {
        <section class="card stack" aria-labelledby="who">
            <h2 id="who">"Who is told"</h2>
            <fieldset class="stack tight" aria-describedby=described>
                <legend class="label">"By mail"</legend>
                {(!by_mail).then(|| view! { <Notice mood=Mood::Warn>"No mail server is set on this installation: mails stand in the operator’s log only."</Notice> })}
                <FieldError id="mail_to-error" text=errors.of("mail_to")/>
                {members.into_iter().map(member).collect_view()}
            </fieldset>
            <TextField name="chat_url" label="Chat address" value=form.chat_url optional=true class="input mono" placeholder autocomplete="off"
                errors help="An incoming webhook of Slack, or of a chat that takes the same {\"text\": …}. It is encrypted and not shown again."/>
            {saved.then(|| view! { <Check name="chat_remove" label="Forget the saved chat address" checked=form.chat_remove/> })}
        </section>
    }
}

#[component]
fn What(form: AlertForm, types: Vec<String>, errors: Errors) -> impl IntoView {
    let pauses = PAUSES.map(|(seconds, text)| (seconds.to_string(), text.to_owned())).into();
    let example = types.iter().find(|name| name.contains("fail")).or(types.first()).cloned().unwrap_or_default();
    view! {
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"When"</h2>
            <div class="with-number">
                <Check name="on_repeated" label="A webhook keeps failing" checked=form.on_repeated/>
                <TextField name="repeated_after" label="Failed attempts in a row" kind="number" class="input short" value=form.repeated_after errors=errors.clone()/>
            </div>
            <div class="with-number">
                <Check name="on_rate" label="A webhook’s success rate drops" checked=form.on_rate help="Over the last hour, from 10 attempts up."/>
                <TextField name="rate_below" label="Below, in per cent" kind="number" class="input short" value=form.rate_below errors=errors.clone()/>
            </div>
            <TextField name="event_types" label="One of these event types cannot be delivered" optional=true class="input mono" value=form.event_types
                placeholder=example errors=errors.clone() help="Names with spaces between: told when a delivery is given up after its last attempt."/>
            <Check name="on_disabled" label="A webhook is switched off by Switchhook" checked=form.on_disabled/>
            <Check name="on_recovered" label="A webhook works again" checked=form.on_recovered/>
            <SelectField name="pause_seconds" label="The same webhook and cause again after" options=pauses value=form.pause_seconds errors
                help="Until then nobody is told a second time."/>
        </section>
    }
}

#[component]
fn Steps(form: AlertForm, errors: Errors) -> impl IntoView {
    let value = |days: Option<u32>| days.map(|days| days.to_string()).unwrap_or_default();
    let options = DISABLE_AFTER.map(|(days, text)| (value(days), text.to_owned())).into();
    view! {
        <section class="card stack" aria-labelledby="steps">
            <h2 id="steps">"Webhooks that fail for days"</h2>
            <p class="muted">"You are warned after 1 and after 3 days in which every attempt failed. A webhook that goes on failing is then switched off; its events are kept as skipped, and can be sent later."</p>
            <SelectField name="disable_after_days" label="Switch off" options value=form.disable_after_days errors
                help="Other webhooks can be told by the event webhook.disabled: choose it among their events."/>
        </section>
    }
}
