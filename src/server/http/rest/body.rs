//! A request's body: read up to the limit, then taken apart field by field, so that each wrong field is
//! named. The content type is not insisted on.

use crate::{
    model::{
        error::{AppError, FieldErrors},
        event::MAX_BODY,
    },
    server::{
        env::Env,
        gate::LARGE_BODY,
        http::{drain::drain, problem::Problem},
    },
};
use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{collections::HashSet, fmt};
use tokio::sync::OwnedSemaphorePermit;

/// What is read past the limit and thrown away, so that a caller who is still sending sees the refusal.
const MAX_DRAINED: usize = 64 * 1024 * 1024;

/// A body within the limit. A large one keeps its place among those that may be in memory.
pub struct Limited {
    pub bytes: Bytes,
    _place: Option<OwnedSemaphorePermit>,
}

impl FromRequest<Env> for Limited {
    type Rejection = Problem;

    async fn from_request(request: Request, env: &Env) -> Result<Self, Problem> {
        let stated = stated_length(request.headers());
        let waits = request.headers().contains_key(header::EXPECT);
        if stated.is_some_and(|stated| stated > MAX_BODY as u64) && waits {
            return Err(too_large());
        }
        let mut chunks = request.into_body().into_data_stream();
        let mut read = BytesMut::new();
        let mut place = None;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| unreadable("The request's body ended before its end."))?;
            if read.len() + chunk.len() > MAX_BODY {
                drop(read);
                drain(chunks, MAX_DRAINED).await;
                return Err(too_large());
            }
            if place.is_none() && read.len() + chunk.len() > LARGE_BODY {
                let most = stated.and_then(|stated| usize::try_from(stated).ok()).unwrap_or(MAX_BODY).min(MAX_BODY);
                place = Some(env.gate.place_for_large_body(most).await?);
            }
            read.extend_from_slice(&chunk);
        }
        Ok(Self { bytes: read.freeze(), _place: place })
    }
}

fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large() -> Problem {
    AppError::TooLarge("A request body has at most 10 MiB. Send less, or split the batch.".into()).into()
}

/// 400: what was sent is no JSON.
pub fn unreadable(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

impl Limited {
    /// The body's fields; an empty body has none where `may_be_empty`.
    pub fn fields(&self, may_be_empty: bool) -> Result<Fields<'_>, Problem> {
        let text = std::str::from_utf8(&self.bytes).map_err(|_| unreadable("The body is not UTF-8."))?;
        if may_be_empty && text.trim().is_empty() {
            return Ok(Fields::default());
        }
        let whole: &RawValue =
            serde_json::from_str(text).map_err(|e| unreadable(format!("The body is no JSON: {e}.")))?;
        Fields::of(whole, "").ok_or_else(|| AppError::field("body", "Give a JSON object.").into())
    }
}

/// The members of a JSON object, each still as it was written, and what is wrong with them.
#[derive(Default)]
pub struct Fields<'a> {
    members: Vec<(String, &'a RawValue)>,
    /// Before each field's name in errors, as `events[3].`.
    prefix: String,
    pub errors: FieldErrors,
}

impl<'a> Fields<'a> {
    /// None where the value is no object.
    pub fn of(value: &'a RawValue, prefix: &str) -> Option<Self> {
        let members = serde_json::Deserializer::from_str(value.get()).deserialize_map(Members).ok()?;
        let mut fields = Self { members, prefix: prefix.into(), errors: FieldErrors::default() };
        let mut seen = HashSet::new();
        let twice = fields.members.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name));
        if let Some(name) = twice.map(str::to_owned) {
            fields.wrong(&name, "This field is given twice; give it once.");
        }
        Some(fields)
    }
    /// The member as it was written; none where it is missing.
    pub fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }
    /// A member: none where it is missing or wrong, `Some(None)` where it is null. `wanted` tells what to give.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &str, wanted: &str) -> Option<Option<T>> {
        let value = self.raw(name)?;
        match serde_json::from_str(value.get()) {
            Ok(value) => Some(value),
            Err(_) => {
                self.wrong(name, wanted);
                None
            }
        }
    }
    /// A member that must be there and not be null.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str, wanted: &str) -> Option<T> {
        match self.optional(name, wanted) {
            Some(Some(value)) => Some(value),
            Some(None) => {
                self.wrong(name, wanted);
                None
            }
            None => {
                if self.raw(name).is_none() {
                    self.wrong(name, format!("This field is missing. {wanted}"));
                }
                None
            }
        }
    }
    pub fn wrong(&mut self, name: &str, message: impl Into<String>) {
        self.errors.add(format!("{}{name}", self.prefix), message);
    }
    /// All that is wrong at once, or nothing.
    pub fn finish(self) -> Result<(), AppError> {
        self.errors.finish()
    }
}

/// Reads an object's members in order, repeated ones included, values untouched.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// How deep arrays and objects are nested in valid JSON.
pub fn depth(json: &str) -> usize {
    let (mut now, mut most, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                now += 1;
                most = most.max(now);
            }
            b']' | b'}' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: impl Into<Bytes>) -> Limited {
        Limited { bytes: bytes.into(), _place: None }
    }
    fn fields_of(json: &'static str) -> Limited {
        of(json)
    }

    #[test]
    fn a_field_of_the_wrong_type_is_named_and_a_missing_one_is_told_from_null() {
        let body = fields_of(r#"{"url": 5, "description": null}"#);
        let mut fields = body.fields(false).unwrap();
        assert_eq!(fields.required::<String>("url", "Give a text."), None);
        assert_eq!(fields.optional::<String>("description", "Give a text."), Some(None));
        assert_eq!(fields.optional::<String>("secret", "Give a text."), None);
        let Err(AppError::Invalid(errors)) = fields.finish() else { panic!("accepted") };
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].field, "url");
    }

    #[test]
    fn what_is_no_json_is_400_and_what_is_no_object_or_repeats_itself_422() {
        for bad in ["", "{", "{\"a\": }", "\u{feff}{}", "{}{}"] {
            assert_eq!(fields_of(bad).fields(false).err().map(|p| p.status), Some(400), "{bad}");
        }
        assert_eq!(of(b"{\"a\": \"\xff\"}".as_slice()).fields(false).err().map(|p| p.status), Some(400));
        assert_eq!(fields_of("[]").fields(false).err().map(|p| p.status), Some(422));
        assert!(fields_of(r#"{"a": 1, "a": 2}"#).fields(false).unwrap().finish().is_err());
        assert!(fields_of(" ").fields(true).is_ok());
    }

    #[test]
    fn json_of_any_depth_is_read_without_harm() {
        let deep = format!(r#"{{"data": {}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let body = of(deep);
        let mut fields = body.fields(false).unwrap();
        assert_eq!(depth(fields.raw("data").unwrap().get()), 100_000);
        assert_eq!(fields.optional::<serde_json::Value>("data", "Less deep."), None);
        assert_eq!(depth(r#"{"a": "[[[[\"[[", "b": [1]}"#), 2);
    }
}
