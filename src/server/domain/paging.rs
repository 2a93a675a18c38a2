//! Pages of a list, newest first: each goes on where the one before ended, by id, so that rows that
//! arrive meanwhile shift nothing.

use crate::model::{error::AppError, time::Time};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::time::Duration;

/// Bounds of a page's size.
pub const LIMIT: std::ops::RangeInclusive<u32> = 1..=100;
/// The size of a page where none is asked for.
pub const DEFAULT_LIMIT: u32 = 50;

/// Part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// Asks for what follows; none at the end.
    pub next_cursor: Option<String>,
}

/// First byte of a cursor: its form, so that a later one can be told apart.
const FORM: u8 = 1;

/// The cursor after the row with this id.
pub fn cursor_after(id: [u8; 16]) -> String {
    let mut bytes = vec![FORM];
    bytes.extend(id);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// When what a cursor leads to was made.
pub fn time_of(cursor: &str) -> Option<Time> {
    let id = read_cursor(Some(cursor)).ok()?;
    let millis = id[..6].iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte));
    Some(Time::from_seconds(0).plus(Duration::from_millis(u64::try_from(millis).ok()?)))
}

/// The id after which to go on. Without a cursor: the largest there is, so that the newest come first.
pub fn read_cursor(cursor: Option<&str>) -> Result<[u8; 16], AppError> {
    let Some(text) = cursor.filter(|text| !text.is_empty()) else { return Ok([0xff; 16]) };
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    match bytes.split_first() {
        Some((&FORM, id)) => id.try_into().map_err(|_| wrong_cursor()),
        _ => Err(wrong_cursor()),
    }
}

fn wrong_cursor() -> AppError {
    AppError::field("cursor", "This is no cursor of ours. Take next_cursor from the page before, or leave it out.")
}

impl<T> Page<T> {
    /// Of up to `limit + 1` rows: the page, and a cursor where a row was left over.
    pub fn of(mut rows: Vec<T>, limit: u32, id: impl Fn(&T) -> [u8; 16]) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|row| cursor_after(id(row)));
        Self { data: rows, next_cursor }
    }
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(shape).collect(), next_cursor: self.next_cursor }
    }
}

/// A page of a short list that is held in memory, in its own order; the cursor is the last item's name.
pub fn of_names<T>(
    items: Vec<T>,
    limit: u32,
    cursor: Option<&str>,
    name: impl Fn(&T) -> &str,
) -> Result<Page<T>, AppError> {
    let start = match cursor.filter(|text| !text.is_empty()) {
        None => 0,
        Some(text) => {
            let last = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong_cursor())?;
            items.iter().position(|item| name(item).as_bytes() == last).ok_or_else(wrong_cursor)? + 1
        }
    };
    let end = start.saturating_add(limit as usize).min(items.len());
    let next_cursor = (end < items.len()).then(|| URL_SAFE_NO_PAD.encode(name(&items[end - 1])));
    Ok(Page { data: items.into_iter().take(end).skip(start).collect(), next_cursor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_where_the_page_ended_and_the_last_page_has_none() {
        let rows = vec![[9; 16], [8; 16], [7; 16]];
        let page = Page::of(rows.clone(), 2, |id| *id);
        assert_eq!(page.data, [[9; 16], [8; 16]]);
        assert_eq!(read_cursor(page.next_cursor.as_deref()), Ok([8; 16]));
        assert_eq!(page.next_cursor.as_deref().and_then(time_of).map(Time::millis), Some(0x0808_0808_0808));
        assert_eq!(Page::of(rows, 3, |id| *id).next_cursor, None);
    }

    #[test]
    fn what_is_no_cursor_is_refused_by_the_name_of_the_field() {
        for bad in ["x", "!!!", "AAAA", &URL_SAFE_NO_PAD.encode([2; 17]), &URL_SAFE_NO_PAD.encode([1; 16])] {
            let Err(AppError::Invalid(errors)) = read_cursor(Some(bad)) else { panic!("{bad} was accepted") };
            assert_eq!(errors[0].field, "cursor");
        }
        assert_eq!(read_cursor(Some("")), Ok([0xff; 16]));
    }
}
