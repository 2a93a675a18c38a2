//! Belonging to no organization, and founding a further one.

use super::{
    components::{Button, Errors, FormError, LinkButton, SelectField, TextField, Tone},
    layout::{Flash, Plain},
};
use leptos::prelude::*;

/// For somebody who belongs to no organization.
#[component]
pub fn NoOrganization(
    email: String,
    may_found: bool,
    #[prop(optional_no_strip)] flash: Option<Flash>,
) -> impl IntoView {
    view! {
        <Plain flash>
            <h1>"No organization yet"</h1>
            <p>{format!("You are signed in as {email}, and belong to no organization. Ask an admin of yours for an invitation to this address.")}</p>
            {may_found.then(|| view! { <p><LinkButton href="/organizations/new" tone=Tone::Primary>"Add an organization"</LinkButton></p> })}
            <form method="post" action="/sign-out"><Button>"Sign out"</Button></form>
            <p class="after"><a href="/account">"Your account: name, password, sessions"</a></p>
        </Plain>
    }
}

/// Founding a further organization.
#[component]
pub fn NewOrganizationPage(
    name: String,
    slug: String,
    /// Names and titles.
    conventions: Vec<(String, String)>,
    chosen: String,
    errors: Errors,
) -> impl IntoView {
    view! {
        <Plain>
            <h1>"Add an organization"</h1>
            <p>"Webhooks, deliveries, members and API keys of an organization are its own. You become its owner."</p>
            <form class="form" method="post" action="/organizations/new">
                <FormError errors=errors.clone()/>
                <TextField name="name" label="Name" value=name required=true focus=true
                    autocomplete="organization" errors=errors.clone()/>
                <TextField name="slug" label="Short name in addresses" value=slug optional=true autocomplete="off"
                    help="Lower-case letters, digits and hyphens. Made from the name if you leave it empty; it stays." errors=errors.clone()/>
                <SelectField name="convention" label="Its webhooks look like those of" options=conventions value=chosen
                    help="How events are written, signed and tried again. For receivers that are still to be written: Standard Webhooks. It stays." errors/>
                <Button tone=Tone::Primary>"Add organization"</Button>
            </form>
            <p class="after"><a href="/">"Back"</a></p>
        </Plain>
    }
}
