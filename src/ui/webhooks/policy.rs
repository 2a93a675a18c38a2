//! When a failed delivery is tried again: as the convention says, or otherwise.

use super::form::Defaults;
use crate::{
    model::{
        error::AppError,
        webhook::MAX_SCHEDULE,
        webhook_form::{PolicyChoice, WebhookForm},
    },
    ui::components::{Errors, *},
};
use leptos::prelude::*;

/// When is tried again, in words; an error where the fields do not say it.
pub fn times(form: &WebhookForm, defaults: &Defaults) -> Result<String, AppError> {
    let policy = form.timing()?.retry_policy.unwrap_or_else(|| defaults.policy.clone());
    // Beyond the bounds there may be billions of times.
    if policy.max_attempts() as usize > MAX_SCHEDULE + 1 {
        return Err(AppError::field("retry_policy", format!("Give at most {} attempts.", MAX_SCHEDULE + 1)));
    }
    Ok(format!("{} Each delay gets up to 20 % on top, so that retries spread.", policy.sentence()))
}

/// The choice, and the fields of each; what is not chosen is folded away by the style sheet.
#[component]
pub fn PolicyFields(form: WebhookForm, defaults: Defaults, errors: Errors) -> impl IntoView {
    let unknown = |_| "The times stand here once the fields above are right.".to_owned();
    let times = times(&form, &defaults).unwrap_or_else(unknown);
    let choice = |choice: PolicyChoice, label: &'static str, help: String| {
        view! { <Check kind="radio" name="policy" value=choice.as_str() label=label checked=form.policy == choice help/> }
    };
    let first = defaults.policy.sentence();
    view! {
        <fieldset class="policy">
            <legend class="label">"Retries"</legend>
            <div class="stack tight">
                {choice(PolicyChoice::Standard, "The platform’s own schedule", first)}
                {choice(PolicyChoice::Schedule, "Delays of my own", "Each delay once, in order; then it gives up.".into())}
                {choice(PolicyChoice::Backoff, "Growing delays", "Each delay is the one before, times a factor.".into())}
            </div>
            <div class="of-schedule">
                <TextField name="retry_policy.schedule_seconds" label="Delays" value=form.schedule.clone() errors=errors.clone()
                    placeholder="30 s, 5 min, 2 h" help="Separated by commas. Left empty: no retry."/>
            </div>
            <div class="of-backoff halves">
                <TextField name="retry_policy.max_attempts" label="Attempts" value=form.max_attempts.clone() kind="number"
                    errors=errors.clone() placeholder="5" help="The first one counts."/>
                <TextField name="retry_policy.initial_delay_seconds" label="First delay" value=form.initial_delay.clone()
                    errors=errors.clone() placeholder="1 min"/>
                <TextField name="retry_policy.backoff_multiplier" label="Factor" value=form.multiplier.clone()
                    errors=errors.clone() placeholder="2"/>
                <TextField name="retry_policy.max_delay_seconds" label="Longest delay" value=form.max_delay.clone()
                    errors=errors.clone() placeholder="1 h"/>
            </div>
            <div class="times-line">
                <p role="status">{times}</p>
                <button class="button small" r#type="submit" name="preview" value="1">"Show the times"</button>
            </div>
        </fieldset>
    }
}
