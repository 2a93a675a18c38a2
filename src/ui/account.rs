//! A person's own page.

use super::{
    components::{Badge, Button, Copyable, Errors, FormError, LinkButton, Mood, PageHeader, TextField, TimeText, Tone},
    layout::{Alone, Flash, Frame, Layout, Section},
    sign_up::PASSWORD_HELP,
};
use crate::model::{
    open_session::OpenSession,
    organization::{Organization, Role},
    time::Time,
};
use leptos::prelude::*;

/// Name, password, sessions, organizations.
#[component]
pub fn Account(
    frame: Frame,
    /// What was typed as a name, where that was refused.
    #[prop(optional_no_strip)]
    typed_name: Option<String>,
    sessions: Vec<OpenSession>,
    places: Vec<(Organization, Role)>,
    may_found: bool,
    now: Time,
    errors: Errors,
) -> impl IntoView {
    let (name, email) = (typed_name.unwrap_or_else(|| frame.user_name.clone()), frame.user_email.clone());
    view! {
        <Layout frame section=Section::Account narrow=true>
            <PageHeader title="Account" lead="Yours in every organization."/>
            <div class="stack">
                <FormError errors=errors.clone()/>
                <AboutYou name email errors=errors.clone()/>
                <Password errors/>
                <Sessions sessions now/>
                <Places places may_found/>
            </div>
        </Layout>
    }
}

/// The same for somebody who belongs to no organization.
#[component]
pub fn AccountAlone(
    name: String,
    #[prop(optional_no_strip)] typed_name: Option<String>,
    email: String,
    sessions: Vec<OpenSession>,
    may_found: bool,
    now: Time,
    errors: Errors,
    #[prop(optional_no_strip)] flash: Option<Flash>,
) -> impl IntoView {
    let found = may_found.then(|| {
        view! { <LinkButton href="/organizations/new" tone=Tone::Primary>"Add an organization"</LinkButton> }
    });
    let name = typed_name.unwrap_or(name);
    view! {
        <Alone flash>
            <PageHeader title="Account" lead="You belong to no organization. Ask an admin of yours for an invitation to your address.">
                {found}
                <form method="post" action="/sign-out"><Button>"Sign out"</Button></form>
            </PageHeader>
            <FormError errors=errors.clone()/>
            <AboutYou name email errors=errors.clone()/>
            <Password errors/>
            <Sessions sessions now/>
        </Alone>
    }
}

#[component]
fn AboutYou(name: String, email: String, errors: Errors) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="about-you">
            <header><h2 id="about-you">"About you"</h2></header>
            <form class="form" method="post" action="/account/name">
                <div class="field"><span class="label">"Email"</span><Copyable text=email what="email"/></div>
                <TextField name="name" label="Name" value=name required=true autocomplete="name" errors/>
                <div class="actions"><Button>"Save name"</Button></div>
            </form>
        </section>
    }
}

#[component]
fn Password(errors: Errors) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="password">
            <header><h2 id="password">"Password"</h2></header>
            <form class="form" method="post" action="/account/password">
                <TextField name="current_password" label="Current password" kind="password" required=true
                    autocomplete="current-password" errors=errors.clone()/>
                <TextField name="new_password" label="New password" kind="password" required=true help=PASSWORD_HELP
                    autocomplete="new-password" errors/>
                <div class="actions"><Button>"Change password"</Button></div>
            </form>
        </section>
    }
}

#[component]
fn Sessions(sessions: Vec<OpenSession>, now: Time) -> impl IntoView {
    let row = move |one: OpenSession| {
        // Two of the same browser are told apart by when they were opened.
        let which = format!(" {}, signed in {}", one.browser, one.signed_in_at.absolute());
        view! {
            <tr>
                <th scope="row">{one.browser} " " {one.is_this.then(|| view! { <Badge mood=Mood::Accent text="This one"/> })}</th>
                <td data-label="Signed in"><TimeText at=one.signed_in_at now/></td>
                <td data-label="Last used"><TimeText at=one.last_seen_at now/></td>
                <td class="end">
                    <form method="post" action="/account/sessions/end">
                        <Button small=true name="session" value=one.id>"Sign out"<span class="only-heard">{which}</span></Button>
                    </form>
                </td>
            </tr>
        }
    };
    view! {
        <section class="card" aria-labelledby="sessions">
            <header>
                <h2 id="sessions">"Where you are signed in"</h2>
                <form method="post" action="/account/sessions/end-all"><Button tone=Tone::Danger>"Sign out everywhere"</Button></form>
            </header>
            <p class="muted">"A session ends a day after it was last used, and a week after sign-in."</p>
            <div class="table-box"><table class="table cards">
                <thead><tr>
                    <th scope="col">"Browser"</th><th scope="col">"Signed in"</th><th scope="col">"Last used"</th>
                    <th scope="col"><span class="only-heard">"Actions"</span></th>
                </tr></thead>
                <tbody>{sessions.into_iter().map(row).collect_view()}</tbody>
            </table></div>
        </section>
    }
}

#[component]
fn Places(places: Vec<(Organization, Role)>, may_found: bool) -> impl IntoView {
    let row = |(organization, role): (Organization, Role)| {
        let whole = format!(" {}", organization.name);
        let leave = format!("/o/{}/members/leave", organization.slug);
        view! {
            <tr>
                <th scope="row"><a href=format!("/o/{}/webhooks", organization.slug)>{organization.name}</a></th>
                <td data-label="Role">{role.label()}</td>
                <td class="end">
                    <LinkButton href=leave small=true>"Leave"<span class="only-heard">{whole}</span></LinkButton>
                </td>
            </tr>
        }
    };
    view! {
        <section class="card" aria-labelledby="organizations">
            <header>
                <h2 id="organizations">"Your organizations"</h2>
                {may_found.then(|| view! { <LinkButton href="/organizations/new">"Add an organization"</LinkButton> })}
            </header>
            <div class="table-box"><table class="table cards">
                <thead><tr>
                    <th scope="col">"Name"</th><th scope="col">"Role"</th>
                    <th scope="col"><span class="only-heard">"Actions"</span></th>
                </tr></thead>
                <tbody>{places.into_iter().map(row).collect_view()}</tbody>
            </table></div>
        </section>
    }
}
