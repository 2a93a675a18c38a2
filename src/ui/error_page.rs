//! The page for what cannot be shown.

use super::{
    components::{LinkButton, Tone},
    layout::Plain,
};
use crate::model::error::AppError;
use leptos::prelude::*;

/// What is wrong, in plain words, and a way on.
#[component]
pub fn ErrorPage(title: &'static str, error: AppError) -> impl IntoView {
    view! {
        <Plain>
            <h1>{title}</h1>
            <p>{error.to_string()}</p>
            <p class="actions"><LinkButton href="/" tone=Tone::Primary>"Go to the start page"</LinkButton></p>
        </Plain>
    }
}
