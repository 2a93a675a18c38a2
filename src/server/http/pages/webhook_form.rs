//! The form of a webhook: a new one, and the settings of one that is there.

use super::{
    Answer, Form, PageError, PageResult, Query, Signed, opened,
    save_and_test::tested,
    webhook::{defaults, head, id, off, once},
};
use crate::{
    model::{
        error::{AppError, FieldErrors},
        event::system_types,
        filter::Filters,
        filter_trial::findings,
        hooks_form::{chosen_scope, chosen_secret},
        id::WebhookId,
        webhook_form::{Timing, WebhookForm},
    },
    server::{
        access::{Identity, WriteWebhooks},
        domain::{
            catalogue, filter_trial, inbox, webhook_fields,
            webhooks::{self, NewWebhook, WebhookChange},
        },
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        webhooks::{
            asks::Asks,
            filters::{Trial, Tried},
            form::*,
            policy,
            settings::*,
        },
    },
};
use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use serde_json::{Map, Value};

/// What a browser posts: names may come several times.
type Pairs = Form<Vec<(String, String)>>;

/// `…/webhooks/new` and `…/webhooks/{id}/edit`.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/webhooks/new", get(new).post(create))
        .route("/o/{slug}/webhooks/{id}/edit", get(edit).post(save))
}

/// Which button was pressed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pressed {
    Save,
    /// A test inbox as the address.
    Inbox,
    /// The retry policy's times, written out.
    Preview,
    /// The filters, tried on an event.
    Try,
    /// Saved, and a test sent at once.
    Test,
}

impl Pressed {
    fn of(pairs: &[(String, String)]) -> Self {
        let named = |button: &str| pairs.iter().any(|(name, _)| name == button);
        let buttons =
            [("use_inbox", Self::Inbox), ("preview", Self::Preview), ("try", Self::Try), ("save_and_test", Self::Test)];
        buttons.into_iter().find(|(button, _)| named(button)).map_or(Self::Save, |(_, pressed)| pressed)
    }
}

async fn form_view(env: &Env, who: &Identity, form: WebhookForm, errors: Errors) -> Result<FormView, AppError> {
    let convention = catalogue::convention(env, &who.organization)?;
    let choices = filter_trial::choices(env, &who.permit()?).await?;
    Ok(FormView {
        asked: false,
        trial: Trial { choices, chosen: form.trial.clone(), tried: None },
        form: form.with_credential(convention.credential.as_ref()),
        errors,
        asks: Asks {
            credential: convention.credential.clone(),
            scope: convention.scope.clone(),
            has_hooks: !convention.hooks.is_empty(),
            title: convention.title.clone(),
        },
        catalogue: Catalogue {
            types: convention.types.iter().cloned().chain(system_types()).collect(),
            open: convention.open_catalogue,
        },
        defaults: defaults(env, who)?,
        egress_ips: env.settings.egress(),
        off: off::<WriteWebhooks>(who),
    })
}

/// What has to be read from text before the domain can look at it.
struct Typed {
    timing: Timing,
    filters: Map<String, Value>,
}

/// What was typed; where parts cannot be read, all of them are told, and what is wrong with the address as well.
fn typed(env: &Env, form: &WebhookForm) -> Result<Typed, AppError> {
    let (timing, filters) = (form.timing(), form.chosen_filters());
    match (timing, filters) {
        (Ok(timing), Ok(filters)) => Ok(Typed { timing, filters }),
        (timing, filters) => {
            let address = webhook_fields::url(env, &form.url).map_err(|message| AppError::field("url", message));
            let refusals = [address.err(), filters.err(), timing.err()].into_iter().flatten();
            let all = refusals.flat_map(|error| match error {
                AppError::Invalid(errors) => errors,
                _ => Vec::new(),
            });
            Err(AppError::Invalid(all.collect()))
        }
    }
}

/// What the filters say to the chosen event, where they can be read.
async fn tried(signed: &Signed, view: &FormView) -> Result<Tried, AppError> {
    let convention = catalogue::convention(&signed.env, &signed.identity.organization)?;
    let filters = Filters::parse(&view.form.chosen_filters()?)?.read_as(&convention.filter_places);
    let permit = signed.identity.permit()?;
    let (event_type, data) = filter_trial::data_of(&signed.env, &permit, &view.form.trial).await?;
    let takes_type = chosen(view).is_none_or(|types| types.contains(&event_type));
    Ok(Tried { event_type, takes_type, findings: findings(&filters, &data) })
}

/// The retry policy within its bounds.
fn previewed(form: &WebhookForm) -> Result<(), AppError> {
    let mut errors = FieldErrors::default();
    form.timing()?.retry_policy.iter().for_each(|policy| webhook_fields::retry_policy(policy, &mut errors));
    errors.finish()
}

/// The times of a retry policy in words, as it is typed; `typed` has the name and the value of each field, a
/// line each.
pub fn times(env: &Env, who: &Identity, typed: &str) -> Result<String, AppError> {
    let lines: Vec<&str> = typed.lines().collect();
    let pairs = lines.as_chunks::<2>().0.iter().map(|[name, value]| ((*name).to_owned(), (*value).to_owned()));
    let form = WebhookForm::from_pairs(pairs.collect());
    let words = previewed(&form).and_then(|()| policy::times(&form, &defaults(env, who)?));
    match words {
        Err(AppError::Invalid(errors)) => Ok(errors.into_iter().next().map(|e| e.message).unwrap_or_default()),
        words => words,
    }
}

/// The view after a button that saves nothing; with what is wrong, if something is.
async fn looked_at(
    signed: &Signed,
    form: WebhookForm,
    pressed: Pressed,
) -> Result<(FormView, Option<AppError>), AppError> {
    let mut view = form_view(&signed.env, &signed.identity, form, Errors::default()).await?;
    view.asked = pressed == Pressed::Preview;
    let outcome = match pressed {
        Pressed::Try => tried(signed, &view).await.map(|tried| view.trial.tried = Some(tried)),
        _ => previewed(&view.form),
    };
    match outcome {
        Ok(()) => Ok((view, None)),
        Err(error) if Answer::is_mendable(&error) => {
            view.errors = Errors::from(&error);
            Ok((view, Some(error)))
        }
        Err(error) => Err(error),
    }
}

fn chosen(view: &FormView) -> Option<Vec<String>> {
    view.form.chosen_events(|group| view.catalogue.names_in(group))
}

/// `?url=` fills in the address, as that of a test inbox.
async fn new(signed: Signed, Query(start): Query<Start>) -> PageResult {
    let form = WebhookForm { url: start.url, ..WebhookForm::blank() };
    let view = form_view(&signed.env, &signed.identity, form, Errors::default()).await?;
    Ok(new_page(&signed, view).into_response())
}

#[derive(serde::Deserialize)]
struct Start {
    #[serde(default)]
    url: String,
}

fn new_page(signed: &Signed, view: FormView) -> Html<String> {
    let frame = signed.frame.clone();
    let (title, theme) = (frame.title("Add webhook"), frame.theme);
    render::document(title, theme, move || view! { <NewWebhookPage frame view/> })
}

/// A page, or where something is wrong the page as a refusal.
fn answered(page: Html<String>, error: Option<AppError>) -> Response {
    match error {
        Some(error) => Answer::again(&error, page),
        None => page.into_response(),
    }
}

async fn create(signed: Signed, Form(pairs): Pairs) -> PageResult {
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let pressed = Pressed::of(&pairs);
    let mut form = WebhookForm::from_pairs(pairs);
    match pressed {
        Pressed::Save | Pressed::Test => {}
        Pressed::Inbox => {
            form.url = inbox::create(&signed.env, &permit).await?.url;
            let view = form_view(&signed.env, &signed.identity, form, Errors::default()).await?;
            return Ok(new_page(&signed, view).into_response());
        }
        Pressed::Preview | Pressed::Try => {
            let (view, error) = looked_at(&signed, form, pressed).await?;
            return Ok(answered(new_page(&signed, view), error));
        }
    }
    let mut view = form_view(&signed.env, &signed.identity, form.clone(), Errors::default()).await?;
    let new = typed(&signed.env, &form).map(|typed| NewWebhook {
        url: form.url.clone(),
        description: form.description.clone(),
        events: chosen(&view),
        headers: form.headers_with(view.asks.credential.as_ref()),
        filters: typed.filters,
        scope: chosen_scope(&form.scope),
        secret: chosen_secret(&form.secret),
        retry_policy: typed.timing.retry_policy,
        timeout_seconds: typed.timing.timeout_seconds,
        rate_per_second: typed.timing.rate_per_second,
        inactive: !form.active,
    });
    let made = match new {
        Ok(new) => webhooks::create(&signed.env, &permit, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok((webhook, secret)) => {
            signed.put_once(&once(webhook.id), &secret).await;
            let test = if pressed == Pressed::Test { tested(&signed, webhook.id).await } else { String::new() };
            Ok(Redirect::to(&signed.frame.path(&format!("webhooks/{}/created{test}", webhook.id))).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            view.errors = Errors::from(&error);
            Ok(Answer::again(&error, new_page(&signed, view)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(signed: Signed, Path((_, text)): Path<(String, String)>) -> PageResult {
    let id = id(&text)?;
    let webhook = webhooks::get(&signed.env, &signed.identity.permit()?, id).await?;
    let form = WebhookForm { opened: Some(opened::mark(&webhook)), ..WebhookForm::of(&webhook) };
    let view = form_view(&signed.env, &signed.identity, form, Errors::default()).await?;
    Ok(edit_page(&signed, id, view).await?.into_response())
}

async fn edit_page(signed: &Signed, id: WebhookId, view: FormView) -> Result<Html<String>, PageError> {
    let head = head(&signed.env, &signed.identity, id).await?;
    let frame = signed.frame.clone();
    let (title, theme) = (frame.title(&format!("Settings · {}", head.webhook.name())), frame.theme);
    Ok(render::document(title, theme, move || view! { <SettingsPage frame head view/> }))
}

async fn save(signed: Signed, Path((_, text)): Path<(String, String)>, Form(pairs): Pairs) -> PageResult {
    let id = id(&text)?;
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let pressed = Pressed::of(&pairs);
    let form = WebhookForm::from_pairs(pairs);
    if matches!(pressed, Pressed::Preview | Pressed::Try) {
        let (view, error) = looked_at(&signed, form, pressed).await?;
        return Ok(answered(edit_page(&signed, id, view).await?, error));
    }
    let mut view = form_view(&signed.env, &signed.identity, form.clone(), Errors::default()).await?;
    let change = typed(&signed.env, &form).map(|typed| WebhookChange {
        url: Some(form.url.clone()),
        description: Some(form.description.clone()),
        events: Some(chosen(&view)),
        headers: Some(form.headers_with(view.asks.credential.as_ref())),
        filters: Some(typed.filters),
        retry_policy: Some(typed.timing.retry_policy),
        timeout_seconds: Some(typed.timing.timeout_seconds),
        rate_per_second: Some(typed.timing.rate_per_second),
        // What was not touched here may have been changed meanwhile, as by a receiver that asked for no more.
        active: (form.was_active != Some(form.active)).then_some(form.active),
    });
    let there = webhooks::get(&signed.env, &signed.identity.permit()?, id).await?;
    let change = change.and_then(|change| opened::unchanged(form.opened.as_deref(), &there, &change).map(|()| change));
    let saved = match change {
        Ok(change) => webhooks::update(&signed.env, &permit, id, change).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => {
            signed.flash(true, "Saved. It holds from the next delivery on.").await;
            let next = match pressed {
                Pressed::Test => format!("webhooks/{id}/test{}", tested(&signed, id).await),
                _ => format!("webhooks/{id}/edit"),
            };
            Ok(Redirect::to(&signed.frame.path(&next)).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            view.errors = Errors::from(&error);
            // Told once, whoever saves again has decided; what was merely mistyped has not been told.
            if matches!(error, AppError::Conflict(_)) {
                view.form.opened = Some(opened::mark(&there));
            }
            Ok(Answer::again(&error, edit_page(&signed, id, view).await?))
        }
        Err(error) => Err(error.into()),
    }
}
