//! What is said of a webhook that is off: since when, by whom or by which rule, what it has missed, and the way back.

use crate::{
    model::{switched_off::SwitchedOff, time::Time, webhook::Webhook},
    ui::{components::*, layout::Frame},
};
use leptos::prelude::*;

/// The notice; `off` is why the person may not switch it on.
#[component]
pub fn OffNotice(
    frame: Frame,
    webhook: Webhook,
    told: SwitchedOff,
    #[prop(optional_no_strip)] off: Option<String>,
    now: Time,
) -> impl IntoView {
    let rule = webhook.disabled_reason.clone();
    let by = match (&told.by, &rule) {
        (Some(name), _) => format!(" by {name}"),
        (None, Some(_)) => " by Switchhook".to_owned(),
        (None, None) => String::new(),
    };
    let when = told.at.map(|at| view! { " "<TimeText at now/>{format!(", on {}", at.absolute())} });
    let why = rule.map(|text| view! { <p>{text}</p> });
    let skipped = told.skipped_label();
    let switch = frame.path(&format!("webhooks/{}/switch-on", webhook.id));
    let see = frame.path(&format!("deliveries{}", told.to_recover(&webhook).link(None)));
    let missed = told.skipped > 0;
    let recover = missed.then(|| {
        let text = format!("Switch it on, and recover {skipped} …");
        view! { <Button name="recover" value="1" icon=glyph::RETRY off=off.clone()>{text}</Button> }
    });
    let see = missed.then(|| view! { " "<a href=see>"See them in the log"</a> });
    view! {
        <Notice mood=Mood::Warn icon=glyph::OFF>
            <p><strong>{format!("Switched off{by}")}{when}"."</strong></p>
            {why}
            <p>{format!("Since then {skipped} {} skipped.", if told.skipped < 2 { "was" } else { "were" })}{see}</p>
            <form class="actions" method="post" action=switch>
                <Button tone=Tone::Primary off>"Switch it on"</Button>
                {recover}
            </form>
        </Notice>
    }
    .into_any()
}
