//! Signing in, and setting a new password by mail.

use super::{
    components::{Button, Errors, FormError, Mood, Notice, TextField, Tone},
    layout::Plain,
};
use leptos::prelude::*;

/// What was just done, told above the form; the address carries only its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    SignedOut,
    PasswordSet,
    EverywhereSignedOut,
}

impl Done {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "signed-out" => Some(Self::SignedOut),
            "password-set" => Some(Self::PasswordSet),
            "signed-out-everywhere" => Some(Self::EverywhereSignedOut),
            _ => None,
        }
    }
    fn sentence(self) -> &'static str {
        match self {
            Self::SignedOut => "You are signed out.",
            Self::PasswordSet => "Your new password is set. Sign in with it.",
            Self::EverywhereSignedOut => "You are signed out everywhere.",
        }
    }
}

/// The sign-in form.
#[component]
pub fn SignIn(email: String, next: String, errors: Errors, done: Option<Done>, may_sign_up: bool) -> impl IntoView {
    let focus_password = !email.is_empty();
    view! {
        <Plain>
            <h1>"Sign in"</h1>
            {done.map(|done| view! { <div role="status"><Notice mood=Mood::Good>{done.sentence()}</Notice></div> })}
            <form class="form" method="post" action="/sign-in">
                <FormError errors=errors.clone()/>
                <input r#type="hidden" name="next" value=next/>
                <TextField name="email" label="Email" kind="email" value=email required=true
                    autocomplete="username" focus=!focus_password errors=errors.clone()/>
                <TextField name="password" label="Password" kind="password" required=true
                    autocomplete="current-password" focus=focus_password errors/>
                <Button tone=Tone::Primary>"Sign in"</Button>
            </form>
            <p class="after"><a href="/forgot">"Forgot your password?"</a></p>
            {may_sign_up.then(|| view! { <p class="after"><a href="/sign-up">"Create an account"</a></p> })}
        </Plain>
    }
}
