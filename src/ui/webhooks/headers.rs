//! A webhook's own headers: rows of name and value; values that are saved are never shown again.

use crate::{
    model::webhook_form::HeaderRow,
    ui::{
        components::{Errors, *},
        islands::rows::MoreRows,
    },
};
use leptos::prelude::*;

/// Blank rows that are there without scripts.
const BLANK: usize = 2;

/// The table of headers.
#[component]
pub fn HeaderFields(rows: Vec<HeaderRow>, errors: Errors) -> impl IntoView {
    let blank = std::iter::repeat_n(HeaderRow::default(), BLANK);
    let whole = errors.of("headers");
    let described = whole.is_some().then_some("headers-error");
    let lines = rows.into_iter().chain(blank).enumerate().map(move |(i, row)| {
        let field = format!("headers.{}", row.name.trim().to_lowercase());
        let error = errors.of(&field).filter(|_| !row.name.is_empty());
        let focus = (error.is_some() && errors.is_first(&field)) || (i == 0 && errors.is_first("headers"));
        view! { <Line number=i + 1 row error focus/> }
    });
    view! {
        <fieldset class="card" aria-describedby=described>
            <legend class="label">"Headers "<span class="faint">"(optional)"</span></legend>
            <p class="help">"Sent with every delivery, as a token that your receiver asks for. Values are encrypted, and shown as dots once saved."</p>
            <FieldError id="headers-error" text=whole/>
            <MoreRows add="Add a header".to_owned()>
                <div class="header-rows">{lines.collect_view()}</div>
            </MoreRows>
        </fieldset>
    }
}

#[component]
fn Line(number: usize, row: HeaderRow, #[prop(optional_no_strip)] error: Option<String>, focus: bool) -> impl IntoView {
    let error_id = format!("header-{number}-error");
    let described = error.is_some().then(|| error_id.clone());
    let saved = !row.saved.is_empty();
    let hint = if saved { "•••••••• saved; type to replace" } else { "Value" };
    let invalid = error.is_some().then_some("true");
    view! {
        <div class="header-row" data-row="">
            <input class="input mono" name="header_name" value=row.name autocomplete="off" placeholder="X-Header"
                aria-label=format!("Name of header {number}") aria-invalid=invalid aria-describedby=described.clone() autofocus=focus/>
            <input class="input mono" name="header_value" value=row.value autocomplete="off" placeholder=hint
                aria-label=format!("Value of header {number}") aria-invalid=invalid aria-describedby=described/>
            <input r#type="hidden" name="header_saved" value=row.saved/>
            <FieldError id=error_id text=error/>
        </div>
    }
}
