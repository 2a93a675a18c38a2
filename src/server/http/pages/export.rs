//! The filtered deliveries as a file: streamed page by page, so that its size does not matter.

use super::{PageResult, Signed, log::read_query};
use crate::{
    model::{error::AppError, log_filter::LogFilter, log_filter::LogQuery},
    server::{
        access::{ExportLogs, Permit},
        domain::export,
        env::Env,
    },
};
use axum::{
    Router,
    body::Body,
    extract::RawQuery,
    http::header,
    response::{IntoResponse, Redirect},
    routing::get,
};
use bytes::Bytes;

/// `/o/{slug}/deliveries/export.csv` and `.jsonl`.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/deliveries/export.csv", get(csv))
        .route("/o/{slug}/deliveries/export.jsonl", get(json_lines))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/x-ndjson",
        }
    }
}

async fn csv(signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    answer(signed, &raw.unwrap_or_default(), Format::Csv).await
}

async fn json_lines(signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    answer(signed, &raw.unwrap_or_default(), Format::JsonLines).await
}

async fn answer(signed: Signed, raw: &str, format: Format) -> PageResult {
    let permit = signed.identity.permit::<ExportLogs>()?;
    let query = LogQuery { limit: String::new(), cursor: String::new(), ..read_query(raw) };
    // What is wrong with a filter is told beside it.
    let Ok(filter) = query.parse() else {
        return Ok(Redirect::to(&signed.frame.path(&format!("deliveries{}", query.link(None)))).into_response());
    };
    export::begin(&signed.env, &permit, &query, format.ending()).await?;
    let stamp: String = signed.env.now().rfc3339().chars().take(16).filter(|c| *c != ':').collect();
    let name = format!("{}-deliveries-{stamp}Z.{}", signed.frame.organization.slug, format.ending());
    let headers = [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let writer = Writer { env: signed.env, permit, filter, format, place: Place::Head };
    Ok((headers, Body::from_stream(futures::stream::try_unfold(writer, Writer::next))).into_response())
}

/// Where the file is.
enum Place {
    Head,
    /// After this cursor; none: at the beginning.
    Rows(Option<String>),
    End,
}

/// Writes one page at a time, when the one before has gone out.
struct Writer {
    env: Env,
    permit: Permit<ExportLogs>,
    filter: LogFilter,
    format: Format,
    place: Place,
}

impl Writer {
    /// The next piece. An error cuts the file off, so that nobody takes it for whole.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, AppError> {
        let piece = match &self.place {
            Place::End => return Ok(None),
            Place::Head => {
                self.place = Place::Rows(None);
                if self.format == Format::Csv { export::csv_head() } else { String::new() }
            }
            Place::Rows(cursor) => {
                if self.env.stopping.is_cancelled() {
                    return Err(AppError::Busy(1));
                }
                let (rows, next) = export::page(&self.env, &self.permit, &self.filter, cursor.as_deref()).await?;
                self.place = next.map_or(Place::End, |cursor| Place::Rows(Some(cursor)));
                let line = if self.format == Format::Csv { export::csv_line } else { export::json_line };
                rows.iter().map(line).collect()
            }
        };
        Ok(Some((Bytes::from(piece), self)))
    }
}
