//! What each role may do, in a table that people can read.

use super::components::{Icon, glyph};
use crate::model::organization::Role;
use leptos::prelude::*;

/// What may be done, and the least role for it; the same as in the server's `access.rs`, which a test compares.
pub const RIGHTS: [(&str, Role); 9] = [
    ("See webhooks, deliveries, event types and members", Role::Viewer),
    ("Send tests", Role::Member),
    ("Retry and recover deliveries", Role::Member),
    ("Export deliveries, save views of them", Role::Member),
    ("Add, change and delete webhooks", Role::Admin),
    ("Invite and remove members, change roles", Role::Admin),
    ("Make and revoke API keys, rename the organization", Role::Admin),
    ("Set up alerts, read the audit log", Role::Admin),
    ("Appoint, change and remove owners", Role::Owner),
];

/// Roles as columns, rights as rows.
#[component]
pub fn PermissionTable() -> impl IntoView {
    let head = |role: Role| view! { <th scope="col">{role.label()}</th> };
    let cell = |allowed: bool| match allowed {
        true => view! { <td><Icon glyph=glyph::CHECK/><span class="only-heard">"yes"</span></td> }.into_any(),
        false => view! { <td><span aria-hidden="true">"–"</span><span class="only-heard">"no"</span></td> }.into_any(),
    };
    let row = move |(right, least): (&'static str, Role)| {
        let cells = Role::ALL.map(|role| cell(role >= least));
        view! { <tr><th scope="row">{right}</th>{cells.into_iter().collect_view()}</tr> }
    };
    view! {
        <section>
            <h2 id="roles">"What each role may do"</h2>
            <div class="table-box" tabindex="0" role="region" aria-labelledby="roles"><table class="table rights">
                <thead><tr><th scope="col">"Right"</th>{Role::ALL.map(head).into_iter().collect_view()}</tr></thead>
                <tbody>{RIGHTS.map(row).into_iter().collect_view()}</tbody>
            </table></div>
        </section>
    }
}
