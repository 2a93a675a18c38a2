//! Form fields: label, control, help and error, tied together for those who hear the page.

use super::icon::{Icon, glyph};
use super::raw_text::raw_text;
use crate::model::error::{AppError, FieldError};
use leptos::prelude::*;
use std::sync::Arc;

/// What is wrong with a form that came back; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    of_fields: Arc<[FieldError]>,
    /// Nothing was typed wrongly: it is for the person to decide, or to wait.
    is_no_mistake: bool,
}

impl From<Vec<FieldError>> for Errors {
    fn from(errors: Vec<FieldError>) -> Self {
        Self { of_fields: errors.into(), is_no_mistake: false }
    }
}

impl From<&AppError> for Errors {
    /// A refusal that names no field is kept under the empty name: see [`FormError`].
    fn from(error: &AppError) -> Self {
        match error {
            AppError::Invalid(errors) => errors.clone().into(),
            other => Self {
                of_fields: Arc::new([FieldError { field: String::new(), message: other.to_string() }]),
                is_no_mistake: true,
            },
        }
    }
}

impl Errors {
    /// What is wrong with the field of this name.
    pub fn of(&self, name: &str) -> Option<String> {
        self.of_fields.iter().find(|e| e.field == name).map(|e| e.message.clone())
    }
    /// Whether this is the field that the focus should go to.
    pub fn is_first(&self, name: &str) -> bool {
        self.of_fields.first().is_some_and(|e| e.field == name)
    }
    /// Whether something is wrong with this field or a part of it, as `retry_policy.max_attempts`.
    pub fn any_under(&self, name: &str) -> bool {
        self.of_fields
            .iter()
            .any(|e| e.field == name || e.field.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }
    pub fn is_empty(&self) -> bool {
        self.of_fields.is_empty()
    }
}

/// The ids of a field's help and error, for `aria-describedby`.
pub fn described_by(name: &str, help: bool, error: bool) -> Option<String> {
    let parts: Vec<_> = [(help, "help"), (error, "error")]
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, e)| format!("{name}-{e}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What is wrong with the form as a whole, if anything.
#[component]
pub fn FormError(errors: Errors) -> impl IntoView {
    let (class, icon) = if errors.is_no_mistake { ("notice warn", glyph::WARNING) } else { ("notice bad", glyph::BAD) };
    errors.of("").map(|text| view! { <div class=class role="alert"><Icon glyph=icon/><div>{text}</div></div> })
}

/// Label, control (the children), help and error. The control's id is `name`.
#[component]
pub fn Field(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] optional: bool,
    #[prop(optional_no_strip)] help: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    children: Children,
) -> impl IntoView {
    let (help_id, error_id) = (format!("{name}-help"), format!("{name}-error"));
    view! {
        <div class="field">
            <label r#for=name.clone()>{label}{optional.then(|| view! { <span class="optional">" (optional)"</span> })}</label>
            {children()}
            <FieldError id=error_id text=error/>
            {help.map(|text| view! { <p class="help" id=help_id>{text}</p> })}
        </div>
    }
}

/// The error line of a field.
#[component]
pub fn FieldError(#[prop(into)] id: String, #[prop(optional_no_strip)] text: Option<String>) -> impl IntoView {
    text.map(|text| view! { <p class="error" id=id><Icon glyph=glyph::BAD/><span>{text}</span></p> })
}

/// One line of text. `kind` is the input's type.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] errors: Errors,
    #[prop(optional)] required: bool,
    /// Marks the label; what is not required is not marked otherwise.
    #[prop(optional)]
    optional: bool,
    #[prop(optional)] focus: bool,
    #[prop(optional)] disabled: bool,
    #[prop(optional, into)] autocomplete: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = "input")] class: &'static str,
) -> impl IntoView {
    let error = errors.of(&name);
    let described = described_by(&name, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let focus = focus || errors.is_first(&name);
    view! {
        <Field name=name.clone() label optional help error>
            <input
                class=class
                id=name.clone()
                name=name
                r#type=kind
                value=value
                required=required
                disabled=disabled
                autofocus=focus
                autocomplete=autocomplete
                placeholder=placeholder
                aria-invalid=invalid
                aria-describedby=described
            />
        </Field>
    }
}

/// Several lines of text.
#[component]
pub fn AreaField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] errors: Errors,
    #[prop(optional)] optional: bool,
    #[prop(default = 3)] rows: u32,
    #[prop(default = "area")] class: &'static str,
) -> impl IntoView {
    let error = errors.of(&name);
    let described = described_by(&name, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let focus = errors.is_first(&name);
    view! {
        <Field name=name.clone() label optional help error>
            <textarea class=class id=name.clone() name=name rows=rows.to_string() autofocus=focus
                aria-invalid=invalid aria-describedby=described inner_html=raw_text(&value)></textarea>
        </Field>
    }
}

/// A choice from a list of (value, label).
#[component]
pub fn SelectField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    options: Vec<(String, String)>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] errors: Errors,
    #[prop(optional)] disabled: bool,
) -> impl IntoView {
    let error = errors.of(&name);
    let described = described_by(&name, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let focus = errors.is_first(&name);
    let options = options.into_iter().map(move |(key, text)| {
        let selected = key == value;
        view! { <option value=key selected=selected>{text}</option> }
    });
    view! {
        <Field name=name.clone() label help error>
            <select class="select" id=name.clone() name=name disabled=disabled autofocus=focus
                aria-invalid=invalid aria-describedby=described>{options.collect_view()}</select>
        </Field>
    }
}

/// A box to tick, with its label beside it and help below.
#[component]
pub fn Check(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(default = "on".into(), into)] value: String,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] disabled: bool,
    #[prop(optional)] focus: bool,
    /// `checkbox` or `radio`.
    #[prop(default = "checkbox")]
    kind: &'static str,
) -> impl IntoView {
    view! {
        <label class="check">
            <input r#type=kind name=name value=value checked=checked disabled=disabled autofocus=focus/>
            <span>{label}{help.map(|text| view! { <span class="help">{text}</span> })}</span>
        </label>
    }
}
