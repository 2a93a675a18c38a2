//! The page for what cannot be shown.

use super::{
    components::{LinkButton, Tone},
    layout::Plain,
};
use crate::model::error::AppError;
use leptos::prelude::*;

/// What is wrong, in plain words, and a way on; `id` is the request's, for who has to look into it.
#[component]
pub fn ErrorPage(title: &'static str, error: AppError, id: String) -> impl IntoView {
    view! {
        <Plain>
            <h1>{title}</h1>
            <p>{error.to_string()}</p>
            <p class="small muted">"Request id: "<code>{id}</code></p>
            <p class="actions"><LinkButton href="/" tone=Tone::Primary>"Go to the start page"</LinkButton></p>
        </Plain>
    }
}
