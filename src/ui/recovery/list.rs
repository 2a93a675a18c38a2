//! The organization's jobs, newest first.

use super::{JobBadge, grouped, in_words};
use crate::{
    model::{recovery::Recovery, time::Time},
    ui::{
        components::*,
        layout::{Frame, Layout, Section},
    },
};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct JobsView {
    /// Each with the name of its webhook; empty for any.
    pub jobs: Vec<(Recovery, String)>,
    /// Address of the page after this one.
    pub older: Option<String>,
    /// Address of the first page, where this is not it.
    pub first: Option<String>,
    /// Why the person may not start one.
    pub off: Option<String>,
    pub now: Time,
}

/// The page.
#[component]
pub fn JobsPage(frame: Frame, view: JobsView) -> impl IntoView {
    let JobsView { jobs, older, first, off, now } = view;
    let above = vec![("Deliveries".to_owned(), frame.path("deliveries"))];
    let new = frame.path("recover");
    let (start, empty_off) = (new.clone(), off.clone());
    let list = if jobs.is_empty() {
        let text = "After an outage, a job sends again what a receiver has missed: all that failed, or was skipped.";
        view! {
            <Empty icon=glyph::RETRY title="No recovery jobs yet" text>
                <LinkButton href=start tone=Tone::Primary off=empty_off>"Recover deliveries"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        let rows = jobs.into_iter().map(|(job, webhook)| {
            let href = frame.path(&format!("jobs/{}", job.id));
            view! { <JobRow job webhook href now/> }
        });
        view! {
            <div class="table-box">
                <table class="table cards">
                    <caption class="only-heard">"Recovery jobs, newest first"</caption>
                    <thead><tr>
                        <th scope="col">"State"</th><th scope="col">"What"</th><th scope="col" class="number">"Done"</th>
                        <th scope="col">"Started"</th><th scope="col">"By"</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            <Pagination about="Kept as long as deliveries." first next=older/>
        }
        .into_any()
    };
    view! {
        <Layout frame section=Section::Deliveries>
            <Breadcrumbs above here="Recovery jobs"/>
            <PageHeader title="Recovery jobs" lead="Many deliveries sent again in the background.">
                <LinkButton href=new icon=glyph::RETRY off>"Recover deliveries"</LinkButton>
            </PageHeader>
            {list}
        </Layout>
    }
}

#[component]
fn JobRow(job: Recovery, webhook: String, href: String, now: Time) -> impl IntoView {
    let done = format!("{} of {}", grouped(job.done()), grouped(job.total));
    view! {
        <tr class="leads">
            <td class="state"><JobBadge state=job.state/></td>
            <th scope="row"><a class="cover" href=href><bdi>{in_words(&job.query, &webhook)}</bdi></a></th>
            <td class="number" data-label="Done">{done}</td>
            <td data-label="Started"><TimeText at=job.created_at now/></td>
            <td data-label="By">{job.requested_by}</td>
        </tr>
    }
    .into_any()
}
