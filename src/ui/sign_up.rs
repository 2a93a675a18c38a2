//! Creating an account and an organization.

use super::{
    components::{Button, Errors, FormError, TextField, Tone},
    layout::Plain,
};
use leptos::prelude::*;

/// What every form that asks for a new password says.
pub const PASSWORD_HELP: &str = "At least 8 characters. A few words in a row are easy to keep in mind.";

/// The sign-up form; `first` where the installation is empty.
#[component]
pub fn SignUp(organization: String, name: String, email: String, first: bool, errors: Errors) -> impl IntoView {
    let lead = if first {
        "You are the first here: you become the owner of the organization that you name."
    } else {
        "You become the owner of the organization that you name."
    };
    let focus = organization.is_empty();
    view! {
        <Plain>
            <h1>"Create your account"</h1>
            <p>{lead}</p>
            <form class="form" method="post" action="/sign-up">
                <FormError errors=errors.clone()/>
                <TextField name="organization" label="Organization" value=organization required=true focus
                    autocomplete="organization" errors=errors.clone()/>
                <TextField name="name" label="Your name" value=name required=true
                    autocomplete="name" errors=errors.clone()/>
                <TextField name="email" label="Email" kind="email" value=email required=true
                    autocomplete="username" errors=errors.clone()/>
                <TextField name="password" label="Password" kind="password" required=true help=PASSWORD_HELP
                    autocomplete="new-password" errors/>
                <Button tone=Tone::Primary>"Create account"</Button>
            </form>
            {(!first).then(|| view! { <p class="after"><a href="/sign-in">"Sign in instead"</a></p> })}
        </Plain>
    }
}
