//! One job: how far it is, and what can be done with it.

use super::{deliveries, grouped, in_words};
use crate::{
    model::{recovery::*, time::Time},
    ui::{
        components::*,
        deliveries::Moment,
        layout::{Frame, Layout, Section},
        webhooks::rests::RestingNotice,
    },
};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct JobView {
    pub job: Recovery,
    /// The name of its webhook; empty for any.
    pub webhook: String,
    /// Those of its webhooks that rest, by name, and until when.
    pub resting: Vec<(String, Time)>,
    /// The page loads itself again while the job goes on.
    pub refreshes: bool,
    /// Why the person may not change it.
    pub off: Option<String>,
    pub now: Time,
}

/// A job's state.
#[component]
pub fn JobBadge(state: RecoveryState) -> impl IntoView {
    let (mood, icon) = match state {
        RecoveryState::Running => (Mood::Accent, glyph::CLOCK),
        RecoveryState::Paused => (Mood::Warn, glyph::WARNING),
        RecoveryState::Finished => (Mood::Good, glyph::GOOD),
        RecoveryState::Cancelled => (Mood::Calm, glyph::SKIPPED),
    };
    view! { <Badge mood icon text=state.label()/> }
}

/// The page.
#[component]
pub fn JobPage(frame: Frame, view: JobView) -> impl IntoView {
    let JobView { job, webhook, resting, refreshes, off, now } = view;
    let above =
        vec![("Deliveries".to_owned(), frame.path("deliveries")), ("Recovery jobs".to_owned(), frame.path("jobs"))];
    let here = frame.path(&format!("jobs/{}", job.id));
    let again = frame.path(&format!("recover{}", job.query.link(None)));
    let failed = (job.state.is_open().is_err() && job.failed > 0)
        .then(|| view! { <LinkButton href=again icon=glyph::RETRY>"Recover what failed again"</LinkButton> });
    let badge = view! { <div class="row"><JobBadge state=job.state/></div> };
    let note = job.note.clone().map(|note| view! { <Notice mood=Mood::Warn>{note}</Notice> });
    let log = frame.path(&format!("deliveries{}", job.query.link(None)));
    view! {
        <Layout frame section=Section::Deliveries narrow=true>
            <Breadcrumbs above here="Recovery"/>
            <PageHeader title="Recovery" lead=in_words(&job.query, &webhook) below=Some(badge.into_any())>{failed}</PageHeader>
            <div class="stack">
                {note}
                <RestingNotice resting now/>
                <Progress job=job.clone() here=here.clone() refreshes/>
                <Controls state=job.state here off/>
                <Facts job log now/>
            </div>
        </Layout>
    }
}

/// A bar, and the same in numbers.
#[component]
fn Progress(job: Recovery, here: String, refreshes: bool) -> impl IntoView {
    let bar = format!("{} of {} done", grouped(job.done()), deliveries(job.total));
    let left = match job.state {
        RecoveryState::Running if job.done() < job.total => {
            let seconds = i64::try_from(job.seconds_left()).unwrap_or(i64::MAX);
            let time = crate::model::time::duration(seconds.saturating_mul(1_000_000));
            Some(format!("At least {time} left, at {} a second.", job.rate))
        }
        _ => None,
    };
    let looks = refreshes.then(|| {
        view! { <p class="small muted">"This page loads itself again every ten seconds. "<a href=format!("{here}?still=true")>"Keep it still"</a></p> }
    });
    let still = (!refreshes && job.state == RecoveryState::Running)
        .then(|| view! { <p class="small"><a href=here>"See how far it is now"</a></p> });
    view! {
        <section class="card stack" aria-labelledby="progress">
            <h2 id="progress">{bar.clone()}</h2>
            {looks}
            <progress class="progress" max="100" value=job.percent().to_string() aria-label=bar></progress>
            <dl class="figures">
                <div><dt>"Succeeded"</dt><dd>{grouped(job.succeeded)}</dd></div>
                <div><dt>"Failed again"</dt><dd>{grouped(job.failed)}</dd></div>
                <div><dt>"Left out"</dt><dd>{grouped(job.left_out)}</dd></div>
            </dl>
            {(job.in_flight > 0).then(|| view! { <p>{format!("{} under way now.", job.in_flight)}</p> })}
            {left.map(|text| view! { <p>{text}</p> })}
            {(job.left_out > 0).then(|| view! {
                <p class="small muted">"Left out is what was no longer as it was when its turn came: sent again by somebody meanwhile, or its webhook switched off."</p>
            })}
            {still}
        </section>
    }
    .into_any()
}

/// Pause or resume, and cancel.
#[component]
fn Controls(state: RecoveryState, here: String, off: Option<String>) -> impl IntoView {
    if state.is_open().is_err() {
        return ().into_any();
    }
    let button = |verb: &'static str, label: &'static str, tone: Tone| {
        let off = off.clone();
        view! { <form method="post" action=format!("{here}/{verb}")><Button tone off>{label}</Button></form> }
    };
    let first = match state {
        RecoveryState::Paused => button("resume", "Resume", Tone::Primary),
        _ => button("pause", "Pause", Tone::Plain),
    };
    view! { <div class="actions">{first}{button("cancel", "Cancel the rest", Tone::Danger)}</div> }.into_any()
}

#[component]
fn Facts(job: Recovery, log: String, now: Time) -> impl IntoView {
    let moment =
        |label: &'static str, at: Option<Time>| at.map(|at| view! { <dt>{label}</dt><dd><Moment at now/></dd> });
    view! {
        <section class="card" aria-labelledby="about">
            <header><h2 id="about">"About this job"</h2><a class="small" href=log>"These filters in the log"</a></header>
            <dl class="facts">
                <dt>"Started by"</dt><dd>{job.requested_by}</dd>
                {moment("Started", Some(job.created_at))}
                {moment("Ended", job.ended_at)}
                {moment("Oldest delivery", job.oldest_at)}
                {moment("Newest delivery", job.newest_at)}
                <dt>"Rate"</dt><dd>{format!("At most {} a second", job.rate)}</dd>
                <dt>"Id"</dt><dd><Copyable text=job.id.to_string() what="job id"/></dd>
            </dl>
        </section>
    }
    .into_any()
}
