//! The API reference: rendered from the OpenAPI document, readable without scripts.

use super::components::{CodeBlock, Mark};
use leptos::prelude::*;

/// The whole reference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference {
    pub version: String,
    /// Paragraphs in front.
    pub about: Vec<String>,
    pub groups: Vec<Group>,
    pub shapes: Vec<Shape>,
    /// Anchor, status and title of each kind of problem.
    pub problems: Vec<(String, u16, String)>,
}

/// Calls that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub about: String,
    pub calls: Vec<CallText>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallText {
    pub anchor: String,
    pub method: String,
    pub path: String,
    pub title: String,
    pub about: String,
    /// The scope that a key needs.
    pub scope: String,
    pub parameters: Vec<Row>,
    pub body: Vec<Row>,
    pub curl: String,
    /// Status, what it means, and the shape that is answered.
    pub answers: Vec<(String, String, Option<String>)>,
}

/// A parameter or a member of a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// As `text`, `list of Delivery`.
    pub kind: String,
    /// The shape it leads to.
    pub shape: Option<String>,
    pub required: bool,
    pub about: String,
}

/// A shape of the API by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub name: String,
    pub about: String,
    pub rows: Vec<Row>,
}

/// The address of a shape within the page.
pub fn shape_anchor(name: &str) -> String {
    format!("shape-{name}")
}

/// The page at `/docs`.
#[component]
pub fn ReferencePage(reference: Reference) -> impl IntoView {
    let contents = contents(&reference);
    let Reference { version, about, groups, shapes, problems } = reference;
    view! {
        <a class="skip" href="#main">"Skip to the reference"</a>
        <div class="reference">
            <nav aria-label="Contents">
                <a class="brand" href="/"><Mark/><span>"Switchhook"</span></a>
                {contents}
            </nav>
            <main id="main" class="stack">
                <header class="stack">
                    <h1>"API reference"</h1>
                    <p class="muted">{format!("Version {version}. ")}<a href="/openapi.json">"OpenAPI document"</a></p>
                    {about.into_iter().map(|text| view! { <p>{prose(&text)}</p> }).collect_view()}
                </header>
                {groups.into_iter().map(|group| view! { <GroupText group/> }).collect_view()}
                <section aria-labelledby="shapes" class="stack">
                    <h2 id="shapes">"Shapes"</h2>
                    {shapes.into_iter().map(|shape| view! { <ShapeText shape/> }).collect_view()}
                </section>
                <Problems problems/>
            </main>
        </div>
    }
    .into_any()
}

/// Text in which what stands between backticks is code.
fn prose(text: &str) -> AnyView {
    let piece = |(i, part): (usize, &str)| match i % 2 {
        0 => part.to_owned().into_any(),
        _ => view! { <code>{part.to_owned()}</code> }.into_any(),
    };
    text.split('`').enumerate().map(piece).collect_view().into_any()
}

fn contents(reference: &Reference) -> impl IntoView + use<> {
    let groups = reference.groups.iter().map(|group| {
        let calls = group.calls.iter().map(|call| {
            view! { <li><a href=format!("#{}", call.anchor)>{call.title.clone()}</a></li> }
        });
        view! { <li><strong>{group.name.clone()}</strong><ul role="list">{calls.collect_view()}</ul></li> }
    });
    let groups = groups.collect_view();
    view! {
        <ul role="list">
            {groups}
            <li><a href="#shapes">"Shapes"</a></li>
            <li><a href="#problems">"Problems"</a></li>
        </ul>
    }
    .into_any()
}

#[component]
fn GroupText(group: Group) -> impl IntoView {
    let id = group.name.to_lowercase().replace(' ', "-");
    view! {
        <section aria-labelledby=id.clone() class="stack">
            <h2 id=id.clone()>{group.name}</h2>
            <p class="muted">{prose(&group.about)}</p>
            {group.calls.into_iter().map(|call| view! { <Call call/> }).collect_view()}
        </section>
    }
    .into_any()
}

#[component]
fn Call(call: CallText) -> impl IntoView {
    let answers = call.answers.into_iter().map(|(status, about, shape)| {
        let shape = shape.map(|name| view! { " "<a href=format!("#{}", shape_anchor(&name))>{name.clone()}</a> });
        view! { <div><dt>{status}</dt><dd>{about}{shape}</dd></div> }
    });
    let (answers, of) = (answers.collect_view(), call.title.clone());
    view! {
        <article class="card stack" aria-labelledby=call.anchor.clone()>
            <h3 id=call.anchor.clone()>{call.title}</h3>
            <p><code class="call"><b>{call.method}</b>" "{call.path}</code></p>
            {(!call.about.is_empty()).then(|| view! { <p>{prose(&call.about)}</p> })}
            <p class="muted">"Scope: "<code>{call.scope}</code></p>
            <Rows title="Parameters" of=of.clone() rows=call.parameters/>
            <Rows title="Body" of=of.clone() rows=call.body/>
            <CodeBlock text=call.curl title="Example" named=format!("Example of “{of}”")/>
            <h4>"Answers"</h4>
            <dl class="facts">{answers}</dl>
        </article>
    }
    .into_any()
}

#[component]
fn Rows(title: &'static str, of: String, rows: Vec<Row>) -> impl IntoView {
    let shown = (!rows.is_empty()).then(|| {
        let lines = rows.into_iter().map(|row| {
            let kind = match row.shape {
                Some(name) => view! { <a href=format!("#{}", shape_anchor(&name))>{row.kind}</a> }.into_any(),
                None => row.kind.into_any(),
            };
            let required = row.required.then_some(" (must be given)");
            view! { <tr><th scope="row"><code>{row.name}</code></th><td data-label="Kind">{kind}{required}</td><td data-label="Meaning"><span>{prose(&row.about)}</span></td></tr> }
        });
        view! {
            <div class="table-box" tabindex="0" role="region" aria-label=format!("{title} of “{of}”")>
                <table class="table cards">
                    <thead><tr><th scope="col">{title}</th><th scope="col">"Kind"</th><th scope="col">"Meaning"</th></tr></thead>
                    <tbody>{lines.collect_view()}</tbody>
                </table>
            </div>
        }
    });
    view! { {shown} }.into_any()
}

#[component]
fn ShapeText(shape: Shape) -> impl IntoView {
    let id = shape_anchor(&shape.name);
    view! {
        <article class="stack" aria-labelledby=id.clone()>
            <h3 id=id.clone()>{shape.name.clone()}</h3>
            {(!shape.about.is_empty()).then(|| view! { <p>{prose(&shape.about)}</p> })}
            <Rows title="Field" of=shape.name rows=shape.rows/>
        </article>
    }
    .into_any()
}

#[component]
fn Problems(problems: Vec<(String, u16, String)>) -> impl IntoView {
    let lines = problems.into_iter().map(|(anchor, status, title)| {
        view! { <div id=anchor><dt>{status}</dt><dd>{title}</dd></div> }
    });
    view! {
        <section aria-labelledby="problems" class="stack">
            <h2 id="problems">"Problems"</h2>
            <p>"The "<code>"type"</code>" of a problem document leads here."</p>
            <dl class="facts">{lines.collect_view()}</dl>
        </section>
    }
    .into_any()
}
