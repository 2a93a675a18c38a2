//! One sentence for what is wrong with the command line, naming flag and variable.

use clap::{
    Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::error::Error as _;

/// Settings whose value must not appear, wrong or not.
const SECRET: [&str; 3] = ["--secret-key", "--database-url", "--smtp-url"];

/// What clap would say in several lines, in one sentence.
pub fn of(error: &Error, command: &Command) -> String {
    match error.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => wrong_value(error, command),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "Say what to do: `switchhook --help` lists the commands.".into()
        }
        _ => first_paragraph(error),
    }
}

fn wrong_value(error: &Error, command: &Command) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let flag = text(ContextKind::InvalidArg);
    let flag = flag.split([' ', '=']).next().unwrap_or_default();
    let argument = command.get_arguments().find(|a| a.get_long().is_some_and(|long| flag == format!("--{long}")));
    let variable = argument.and_then(|a| a.get_env()).map(|v| format!(" ({})", v.to_string_lossy()));
    let value = match text(ContextKind::InvalidValue) {
        _ if SECRET.contains(&flag) => String::new(),
        value => format!(" “{value}”"),
    };
    let why = match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(cause), _) => cause.to_string(),
        (None, Some(ContextValue::Strings(valid))) => format!("choose one of {}", valid.join(", ")),
        _ => "it does not read".into(),
    };
    format!("The value{value} of {flag}{} is wrong: {why}.", variable.unwrap_or_default())
}

fn first_paragraph(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{joined}; `switchhook --help` lists what there is.")
}

/// `; did you mean X` where a known name is near.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let best = known.map(|known| (distance(name, known), known)).min();
    best.filter(|(far, _)| *far <= 4).map_or(String::new(), |(_, near)| format!("; did you mean {near}"))
}

/// Levenshtein's: how many letters to add, drop or change.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_the_nearest_one() {
        let known = ["SWITCHHOOK_LISTEN", "SWITCHHOOK_LOG"];
        assert_eq!(nearest("SWITCHHOOK_LISEN", known.into_iter()), "; did you mean SWITCHHOOK_LISTEN");
        assert_eq!(nearest("SWITCHHOOK_SOMETHING_ELSE", known.into_iter()), "");
    }
}
