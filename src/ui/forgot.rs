//! A forgotten password.

use super::{
    components::{Button, Errors, FormError, TextField, Tone},
    layout::Plain,
    sign_up::PASSWORD_HELP,
};
use leptos::prelude::*;

/// Asks for the address.
#[component]
pub fn Forgot(email: String, errors: Errors) -> impl IntoView {
    view! {
        <Plain>
            <h1>"Forgot your password?"</h1>
            <p>"We send a link with which you set a new one."</p>
            <form class="form" method="post" action="/forgot">
                <FormError errors=errors.clone()/>
                <TextField name="email" label="Email" kind="email" value=email required=true focus=true
                    autocomplete="username" errors/>
                <Button tone=Tone::Primary>"Send the link"</Button>
            </form>
            <p class="after"><a href="/sign-in">"Back to sign-in"</a></p>
        </Plain>
    }
}

/// What the page after asking is called.
pub fn asked_title(by_mail: bool) -> &'static str {
    if by_mail { "Check your mail" } else { "Ask your operator for the link" }
}

/// The same for every address.
#[component]
pub fn Asked(by_mail: bool) -> impl IntoView {
    let text = if by_mail {
        "If there is an account for this address, a link is on its way. It works for an hour, once."
    } else {
        "If there is an account for this address, there is a link now. This installation sends no mail: \
         your operator finds it in the log. It works for an hour, once."
    };
    view! {
        <Plain>
            <h1>{asked_title(by_mail)}</h1>
            <p>{text}</p>
            <p class="after"><a href="/sign-in">"Back to sign-in"</a></p>
        </Plain>
    }
}

/// Asks for the new password.
#[component]
pub fn Reset(token: String, errors: Errors) -> impl IntoView {
    view! {
        <Plain>
            <h1>"Set a new password"</h1>
            <p>"You are signed out everywhere once it is set."</p>
            <form class="form" method="post" action=format!("/reset/{token}")>
                <FormError errors=errors.clone()/>
                <TextField name="password" label="New password" kind="password" required=true focus=true
                    help=PASSWORD_HELP autocomplete="new-password" errors/>
                <Button tone=Tone::Primary>"Set password"</Button>
            </form>
        </Plain>
    }
}
