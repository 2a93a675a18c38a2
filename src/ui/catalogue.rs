//! The event catalogue: what can be sent, what it looks like, who takes it.

use super::{components::*, layout::*, webhooks::form::Catalogue};
use crate::model::{event::EventType, webhook::Webhook};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct CatalogueView {
    /// Those that match the search.
    pub catalogue: Catalogue,
    /// What was searched for.
    pub q: String,
    pub webhooks: Vec<Webhook>,
}

/// The page.
#[component]
pub fn CataloguePage(frame: Frame, view: CatalogueView) -> impl IntoView {
    let CatalogueView { catalogue, q, webhooks } = view;
    let all = frame.path("event-types");
    let lead = if catalogue.open {
        "What your platform can send. It may publish types that are not listed here, too."
    } else {
        "What your platform can send."
    };
    let none = catalogue.types.is_empty();
    let groups = catalogue.groups().into_iter().map({
        let frame = frame.clone();
        move |(name, types)| view! { <Group frame=frame.clone() name types webhooks=webhooks.clone()/> }
    });
    view! {
        <Layout frame=frame.clone() section=Section::EventTypes>
            <PageHeader title="Event types" lead=lead/>
            <form class="toolbar" method="get" action=all.clone() role="search">
                <div class="field search">
                    <label r#for="q">"Search"</label>
                    <Icon glyph=glyph::SEARCH/>
                    <input class="input" id="q" name="q" r#type="search" value=q.clone() placeholder="Name, group or description"/>
                </div>
                <Button icon=glyph::SEARCH>"Search"</Button>
                {(!q.is_empty()).then(|| view! { <LinkButton href=all.clone() tone=Tone::Quiet>"Clear"</LinkButton> })}
            </form>
            {groups.collect_view()}
            {none.then(|| view! {
                <Empty icon=glyph::LAYERS title="No event type matches" text="No name, group or description has these words.">
                    <LinkButton href=all>"Show all"</LinkButton>
                </Empty>
            })}
        </Layout>
    }
}

#[component]
fn Group(frame: Frame, name: String, types: Vec<EventType>, webhooks: Vec<Webhook>) -> impl IntoView {
    let lines = types.into_iter().map(|one| {
        let takers = webhooks.iter().filter(|w| w.events.takes(&one.name)).cloned().collect();
        view! { <Line frame=frame.clone() one takers/> }
    });
    let lines = lines.collect_view();
    view! {
        <section class="stack tight" aria-label=name.clone()>
            <h2>{name.clone()}</h2>
            <div class="card flush types-list">{lines}</div>
        </section>
    }
}

/// One type; its example folds open.
#[component]
fn Line(frame: Frame, one: EventType, takers: Vec<Webhook>) -> impl IntoView {
    let example = serde_json::to_string_pretty(&one.example).unwrap_or_default();
    let schema = one.schema.as_ref().map(|schema| serde_json::to_string_pretty(schema).unwrap_or_default());
    let links = takers.iter().map(|w| {
        view! { <li><a href=frame.path(&format!("webhooks/{}", w.id))>{w.name().to_owned()}</a></li> }
    });
    let sent_to = match takers.len() {
        0 => "No webhook takes it".to_owned(),
        1 => "1 webhook takes it".to_owned(),
        n => format!("{n} webhooks take it"),
    };
    view! {
        <details class="fold type-line" id=one.name.clone()>
            <summary>
                <span class="type-head"><code class="strong">{one.name.clone()}</code><span class="muted">{one.description}</span></span>
                <span class="small faint takers">{sent_to}</span>
            </summary>
            <div class="type-body">
                <CodeBlock text=example title="Example of its data"/>
                {schema.map(|text| view! { <CodeBlock text title="JSON Schema of its data"/> })}
                <div>
                    <h3>"Sent to"</h3>
                    {if takers.is_empty() {
                        view! { <p class="muted">"No webhook takes it yet."</p> }.into_any()
                    } else {
                        view! { <ul>{links.collect_view()}</ul> }.into_any()
                    }}
                </div>
            </div>
        </details>
    }
}
