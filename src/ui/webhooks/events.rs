//! Choosing event types: boxes that work by themselves; scripts add search, counting and whole groups.

use super::form::Catalogue;
use crate::{
    model::{event::EventType, webhook_form::WebhookForm},
    ui::{
        components::{Errors, *},
        islands::picker::PickerTools,
    },
};
use leptos::prelude::*;

/// All events, or those that are ticked.
#[component]
pub fn EventPicker(form: WebhookForm, catalogue: Catalogue, errors: Errors) -> impl IntoView {
    let error = errors.of("events");
    let described = error.is_some().then_some("events-error");
    let chosen = form.events.clone();
    let unlisted = chosen.iter().filter(|name| !catalogue.types.iter().any(|t| t.name == **name)).cloned();
    let more = unlisted.chain(Some(form.more_events.clone())).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    let (all, ticked) = (form.all_events, form.groups);
    let is_ticked = |one: &&EventType| chosen.contains(&one.name) || ticked.contains(&one.group);
    let count = catalogue.types.iter().filter(is_ticked).count();
    let groups = catalogue.groups().into_iter().map(move |(name, types)| {
        let whole = ticked.contains(&name);
        view! { <Group name types chosen=chosen.clone() whole/> }
    });
    let total = catalogue.types.len();
    view! {
        <fieldset class="card picker" aria-describedby=described>
            <legend class="label">"Events"</legend>
            <div class="stack tight">
                <Check kind="radio" name="events_mode" value="all" label="All events" checked=all
                    help="Types that are added later are sent too."/>
                <Check kind="radio" name="events_mode" value="only" label="Only those that I choose" checked=!all
                    focus=errors.is_first("events")/>
                <FieldError id="events-error" text=error/>
            </div>
            <div class="choice">
                <PickerTools chosen=count total=total>
                    <div class="groups">{groups.collect_view()}</div>
                </PickerTools>
                {(catalogue.open || !more.is_empty()).then(|| view! {
                    <TextField name="more_events" label="Other event types" value=more optional=true class="input mono"
                        placeholder="invoice.paid order.shipped" help="Types that your platform sends and that are not listed, with spaces between."/>
                })}
            </div>
        </fieldset>
    }
}

/// One group; its own box chooses all of its types. It comes unticked, the types being ticked themselves, so that
/// without scripts each of them can be taken away again; scripts tick it where all are.
#[component]
fn Group(name: String, types: Vec<EventType>, chosen: Vec<String>, whole: bool) -> impl IntoView {
    let count = types.len();
    let boxes = types.into_iter().map(|one| {
        let checked = whole || chosen.contains(&one.name);
        let text = format!("{} {}", one.name, one.description).to_lowercase();
        view! {
            <label class="check type" data-text=text>
                <input r#type="checkbox" name="events" value=one.name.clone() checked=checked/>
                <span><code>{one.name}</code><span class="help">{one.description}</span></span>
            </label>
        }
    });
    view! {
        <div class="group">
            <label class="check group-head">
                <input r#type="checkbox" name="group" value=name.clone()/>
                <span class="strong">{name}" "<span class="faint">{count}</span></span>
            </label>
            {boxes.collect_view()}
        </div>
    }
}
