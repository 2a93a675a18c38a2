//! Deliveries that were selected in the log: what would be sent again, and sending it.

use super::{PageResult, Signed, log::read_query};
use crate::{
    model::{error::AppError, id::DeliveryId, selected::MOST_SELECTED},
    server::{
        access::{ReadLogs, RetryDeliveries},
        domain::{log_detail, retry_selected},
        env::Env,
        http::render,
    },
    ui::{
        deliveries::{FIELD, SelectedPage, SelectedView},
        recovery::deliveries,
    },
};
use axum::{
    Router,
    extract::RawQuery,
    response::{IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;

/// `/o/{slug}/deliveries/selected`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/deliveries/selected", get(ask).post(send))
}

/// The ids among a form's pairs, each once; what is no id was never a row.
fn chosen(raw: &str) -> Result<Vec<DeliveryId>, AppError> {
    let mut ids: Vec<DeliveryId> = Vec::new();
    for (_, text) in url::form_urlencoded::parse(raw.as_bytes()).filter(|(name, _)| name == FIELD) {
        if let Ok(id) = text.parse()
            && !ids.contains(&id)
        {
            ids.push(id);
        }
        if ids.len() > MOST_SELECTED {
            let most = format!("Select at most {MOST_SELECTED} deliveries. For more, use “Retry all that match …”.");
            return Err(AppError::field(FIELD, most));
        }
    }
    Ok(ids)
}

async fn ask(signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    signed.identity.permit::<RetryDeliveries>()?;
    let permit = signed.identity.permit::<ReadLogs>()?;
    let raw = raw.unwrap_or_default();
    let selected = retry_selected::look(&signed.env, &permit, &chosen(&raw)?).await?;
    let known = log_detail::webhook_names(&signed.env, &permit).await?;
    let all = selected.ready.iter().chain(selected.left_out.iter().map(|(delivery, _)| delivery));
    let names = log_detail::names_of(&signed.env, &permit, &known, all.map(|delivery| delivery.webhook_id)).await?;
    let view = SelectedView { selected, names, query: read_query(&raw), now: signed.env.now() };
    let frame = signed.frame;
    let (title, theme) = (frame.title("Retry selected deliveries"), frame.theme);
    Ok(render::document(title, theme, move || view! { <SelectedPage frame view/> }).into_response())
}

async fn send(signed: Signed, raw: String) -> PageResult {
    let permit = signed.identity.permit::<RetryDeliveries>()?;
    // What has changed since it was shown is left out, and told.
    let selected = retry_selected::look(&signed.env, &signed.identity.permit()?, &chosen(&raw)?).await?;
    let done = retry_selected::retry(&signed.env, &permit, &selected).await?;
    let left_out = done.changed + selected.left_out.len() + selected.missing;
    let begun = deliveries(done.begun as u64);
    match (done.begun, left_out) {
        (0, _) => signed.flash(false, "Nothing was sent again: none of them is in a state for it any more.").await,
        (1, 0) => signed.flash(true, "1 delivery is sent again.").await,
        (_, 0) => signed.flash(true, &format!("{begun} are sent again.")).await,
        (_, n) => signed.flash(true, &format!("Sent again: {begun}. Left out, since they had changed: {n}.")).await,
    }
    let list = format!("deliveries{}", read_query(&raw).link(None));
    Ok(Redirect::to(&signed.frame.path(&list)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delivery_counts_once_and_more_than_a_page_is_refused() {
        let id = |n: u8| DeliveryId::from_bytes([n; 16]).to_string();
        let raw = format!("status=failed&delivery={0}&delivery={0}&delivery=nonsense&delivery={1}", id(1), id(2));
        assert_eq!(chosen(&raw).map(|ids| ids.len()), Ok(2));
        let many: String = (0..=100).map(|n| format!("delivery={}&", id(n))).collect();
        assert!(matches!(chosen(&many), Err(AppError::Invalid(_))));
    }
}
