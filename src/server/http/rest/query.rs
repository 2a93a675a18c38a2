//! Query strings: what is unknown is passed over, what is given twice counts as given last.

use crate::{
    model::{error::AppError, log_filter::LogQuery},
    server::domain::paging::{DEFAULT_LIMIT, LIMIT},
};
use utoipa::IntoParams;

/// The names and values of a query string.
fn pairs(query: Option<&str>) -> impl Iterator<Item = (String, String)> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned()
}

/// Which part of a list.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many: 1 to 100.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, example = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Paging {
    pub fn read(query: Option<&str>) -> Result<Self, AppError> {
        let mut paging = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "limit" => paging.limit = Some(value),
                "cursor" => paging.cursor = Some(value),
                _ => {}
            }
        }
        paging.limit()?;
        Ok(paging)
    }
    pub fn limit(&self) -> Result<u32, AppError> {
        let Some(text) = self.limit.as_deref().filter(|text| !text.is_empty()) else { return Ok(DEFAULT_LIMIT) };
        let number = text.parse().ok().filter(|number| LIMIT.contains(number));
        number.ok_or_else(|| AppError::field("limit", "Give a number from 1 to 100."))
    }
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}

/// The log's filters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query in the OpenAPI document; `LogQuery` reads it, naming what is wrong")]
pub struct LogParameters {
    webhook_id: Option<String>,
    #[param(example = "call.completed")]
    event_type: Option<String>,
    /// `success`, `failed`, `pending` or `skipped`.
    #[param(pattern = "^(success|failed|pending|skipped)$")]
    status: Option<String>,
    /// A code or a class of them.
    #[param(example = "5xx")]
    response_code: Option<String>,
    /// An attempt's outcome, or `status` where the receiver answered with no success.
    #[param(example = "timeout")]
    error: Option<String>,
    /// Created at or after.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Created before.
    #[param(format = DateTime)]
    to: Option<String>,
    event_id: Option<String>,
    /// How many: 1 to 100.
    #[param(minimum = 1, maximum = 100, example = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Reads the log's filters.
pub fn log_query(query: Option<&str>) -> LogQuery {
    // For pages alone.
    LogQuery { id: String::new(), ..LogQuery::from_pairs(pairs(query)) }
}
