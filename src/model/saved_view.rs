//! Filters of the log under a name, shared by the organization.

use super::{id::ViewId, log_filter::LogQuery, time::Time};

/// Most views of one organization.
pub const MOST: usize = 50;

/// One view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    pub id: ViewId,
    pub name: String,
    pub query: LogQuery,
    pub created_by: String,
    pub created_at: Time,
}

/// Reads a view's name: 1 to 60 characters, none of them a control character.
pub fn parse_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("Give the view a name.".into()),
        61.. => Err("Use at most 60 characters.".into()),
        _ if text.chars().any(char::is_control) => Err("Leave out line breaks and control characters.".into()),
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_on_one_line() {
        assert_eq!(parse_name("  Failing billing "), Ok("Failing billing".into()));
        assert!(parse_name(" ").is_err() && parse_name("a\nb").is_err() && parse_name(&"x".repeat(61)).is_err());
    }
}
