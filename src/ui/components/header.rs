//! The head of a page: where one is, what this is, what can be done.

use leptos::prelude::*;

/// Title, one line about it, and (as children) badges or actions at the right.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] lead: Option<String>,
    /// What stands under the title: a badge, an address.
    #[prop(optional_no_strip)]
    below: Option<AnyView>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div class="titles">
                <h1>{title}</h1>
                {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
                {below}
            </div>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </header>
    }
}

/// The way here: (label, address) of each page above, then this page's name.
#[component]
pub fn Breadcrumbs(above: Vec<(String, String)>, #[prop(into)] here: String) -> impl IntoView {
    let links = above.into_iter().map(|(label, href)| view! { <li><a href=href>{label}</a></li> });
    view! {
        <nav class="breadcrumbs" aria-label="Breadcrumbs">
            <ol>{links.collect_view()}<li aria-current="page"><span class="cut">{here}</span></li></ol>
        </nav>
    }
}

/// Links between the pages of one thing: (label, address); `current` is the label of the open one.
#[component]
pub fn Tabs(#[prop(into)] label: String, tabs: Vec<(&'static str, String)>, current: &'static str) -> impl IntoView {
    let links = tabs.into_iter().map(|(text, href)| {
        let here = (text == current).then_some("page");
        view! { <a href=href aria-current=here>{text}</a> }
    });
    view! { <nav class="tabs" aria-label=label>{links.collect_view()}</nav> }
}
