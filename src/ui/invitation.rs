//! The page behind an invitation's link.

use super::{
    components::{Button, Errors, FormError, LinkButton, TextField, Tone},
    layout::Plain,
    sign_up::PASSWORD_HELP,
};
use crate::model::{member::Invitation, organization::Organization};
use leptos::prelude::*;

/// Who looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Signed in with the invited address.
    Invited,
    /// Signed in with another address, which is this.
    SomebodyElse(String),
    /// Has an account, and is to sign in first.
    SignedOut { sign_in: String },
    /// Has no account; what they typed as name.
    New { name: String },
}

/// What one is invited to, and how to accept.
#[component]
pub fn InvitationPage(
    token: String,
    invitation: Invitation,
    organization: Organization,
    visitor: Visitor,
    errors: Errors,
) -> impl IntoView {
    let role = invitation.role;
    let action = format!("/invitations/{token}");
    let way = match visitor {
        Visitor::Invited => view! {
            <form method="post" action=action><Button tone=Tone::Primary>"Accept"</Button></form>
        }
        .into_any(),
        Visitor::SomebodyElse(email) => view! {
            <p>{format!("It is for {}, and you are signed in as {email}. Sign out, then open the link again.", invitation.email)}</p>
            <form method="post" action="/sign-out"><Button>"Sign out"</Button></form>
        }
        .into_any(),
        Visitor::SignedOut { sign_in } => view! {
            <p>{format!("Sign in as {} to accept.", invitation.email)}</p>
            <p class="actions"><LinkButton href=sign_in tone=Tone::Primary>"Sign in"</LinkButton></p>
        }
        .into_any(),
        Visitor::New { name } => view! { <NewAccount action email=invitation.email name errors/> }.into_any(),
    };
    view! {
        <Plain>
            <h1>{format!("Join {}", organization.name)}</h1>
            <p>{format!("You are invited as {}. {}", role.as_str(), role.explanation())}</p>
            {way}
        </Plain>
    }
}

/// An account for the invited address, which cannot be changed.
#[component]
fn NewAccount(action: String, email: String, name: String, errors: Errors) -> impl IntoView {
    view! {
        <form class="form" method="post" action=action>
            <FormError errors=errors.clone()/>
            <div class="field">
                <label r#for="email">"Email"</label>
                <input class="input" id="email" name="email" r#type="email" value=email readonly=true autocomplete="username"/>
            </div>
            <TextField name="name" label="Your name" value=name required=true focus=true
                autocomplete="name" errors=errors.clone()/>
            <TextField name="password" label="Password" kind="password" required=true help=PASSWORD_HELP
                autocomplete="new-password" errors/>
            <Button tone=Tone::Primary>"Create account and join"</Button>
        </form>
    }
}
