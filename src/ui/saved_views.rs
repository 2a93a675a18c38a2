//! Filters of the log under a name: a row of links above the list, and a page to keep and delete them.

use super::{
    components::{Errors, *},
    layout::{Frame, Layout, Section},
};
use crate::model::{log_filter::LogQuery, saved_view::SavedView, time::Time};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct ViewsView {
    pub views: Vec<SavedView>,
    /// The filters to be kept; none chosen: nothing to keep.
    pub query: LogQuery,
    pub name: String,
    pub errors: Errors,
    /// Why the person may not keep or delete views.
    pub off: Option<String>,
    pub now: Time,
}

/// Links to the views, and to keeping the present filters. `here` is the list's address.
#[component]
pub fn ViewLinks(views: Vec<SavedView>, query: LogQuery, here: String) -> impl IntoView {
    let plain = LogQuery { limit: String::new(), cursor: String::new(), ..query };
    let organization = here.trim_end_matches("/deliveries").to_owned();
    let is_kept = views.iter().any(|view| view.query == plain);
    let keep = (plain.is_filtered() && !is_kept).then(|| {
        let href = format!("{organization}/views{}", plain.link(None));
        view! { <LinkButton href small=true tone=Tone::Quiet>"Save these filters …"</LinkButton> }
    });
    let manage = (!views.is_empty()).then(|| {
        view! { <LinkButton href=format!("{organization}/views") small=true tone=Tone::Quiet>"Manage"</LinkButton> }
    });
    if keep.is_none() && manage.is_none() {
        return ().into_any();
    }
    let links: Vec<_> = views.into_iter().map(|view| {
        let current = (view.query == plain).then_some("true");
        view! { <li><a href=format!("{here}{}", view.query.link(None)) aria-current=current><bdi>{view.name}</bdi></a></li> }
    }).collect();
    view! {
        <nav class="row small" aria-label="Saved views">
            {(!links.is_empty()).then(|| view! { <span class="muted">"Saved views"</span><ul class="row" role="list">{links}</ul> })}
            {keep}
            {manage}
        </nav>
    }
    .into_any()
}

/// The page.
#[component]
pub fn ViewsPage(frame: Frame, view: ViewsView) -> impl IntoView {
    let ViewsView { views, query, name, errors, off, now } = view;
    let above = vec![("Deliveries".to_owned(), frame.path("deliveries"))];
    let here = frame.path("views");
    let log = frame.path("deliveries");
    let keep = query.is_filtered().then(|| view! { <Keep query name errors here=here.clone() off=off.clone()/> });
    let list = if views.is_empty() {
        let text = "Filter the deliveries, then save the filters under a name: everybody here opens them with a click.";
        view! {
            <Empty icon=glyph::SEARCH title="No saved views yet" text>
                <LinkButton href=log>"Go to the deliveries"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        let rows = views.into_iter().map(|view| {
            let open = format!("{log}{}", view.query.link(None));
            let delete = format!("{here}/{}/delete", view.id);
            view! { <ViewRow view open delete off=off.clone() now/> }
        });
        view! {
            <div class="table-box"><table class="table cards">
                <caption class="only-heard">"Saved views, by name"</caption>
                <thead><tr>
                    <th scope="col">"Name"</th><th scope="col">"Saved by"</th><th scope="col">"Saved"</th>
                    <th scope="col"><span class="only-heard">"Delete"</span></th>
                </tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table></div>
        }
        .into_any()
    };
    view! {
        <Layout frame section=Section::Deliveries narrow=true>
            <Breadcrumbs above here="Saved views"/>
            <PageHeader title="Saved views" lead="Filters of the deliveries under a name, for everybody in this organization."/>
            <div class="stack">{keep}{list}</div>
        </Layout>
    }
}

/// The form that keeps the filters.
#[component]
fn Keep(query: LogQuery, name: String, errors: Errors, here: String, off: Option<String>) -> impl IntoView {
    let pairs = query.to_pairs();
    let chosen = pairs.iter().map(|(field, value)| {
        view! { <li><span class="chip">{format!("{}: ", field.replace('_', " "))}<bdi>{(*value).to_owned()}</bdi></span></li> }
    });
    let chosen = chosen.collect_view();
    let hidden = pairs.iter().map(|(field, value)| {
        view! { <input type="hidden" name=*field value=(*value).to_owned()/> }
    });
    let hidden = hidden.collect_view();
    view! {
        <form class="card form" method="post" action=here novalidate=true>
            <FormError errors=errors.clone()/>
            <ul class="chips" role="list" aria-label="Filters">{chosen}</ul>
            {hidden}
            <TextField name="name" label="Name" value=name errors focus=true autocomplete="off" placeholder="Failing billing"/>
            <div class="actions"><Button tone=Tone::Primary off>"Save view"</Button></div>
        </form>
    }
    .into_any()
}

#[component]
fn ViewRow(view: SavedView, open: String, delete: String, off: Option<String>, now: Time) -> impl IntoView {
    let heard = format!("Delete {}", view.name);
    let form = off.is_none().then(|| {
        view! {
            <form method="post" action=delete>
                <Button small=true tone=Tone::Danger><span class="only-heard">{heard}</span><span aria-hidden="true">"Delete"</span></Button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row"><a href=open><bdi>{view.name}</bdi></a></th>
            <td data-label="Saved by">{view.created_by}</td>
            <td data-label="Saved"><TimeText at=view.created_at now/></td>
            <td>{form}</td>
        </tr>
    }
    .into_any()
}
