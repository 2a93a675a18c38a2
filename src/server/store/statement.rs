//! One statement of the hot path, for either database: a text and its values, with as many rows as there are.
//!
//! The text has `?` for a single value and `{rows}` where the rows go. SQLite takes rows as `values (?, ?), …`, in
//! batches of a few fixed sizes; Postgres takes each column as one array, so that its text never changes.

use crate::model::{
    delivery::{DeliveryStatus, Outcome, Trigger},
    id::*,
    time::Time,
};
use std::{borrow::Cow, fmt::Write};

/// A value with its type, which Postgres wants to know of a null too.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    Id(Option<[u8; 16]>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<&'a [u8]>),
    Small(Option<i16>),
    Int(Option<i32>),
    Big(Option<i64>),
    Flag(bool),
}

macro_rules! values {
    ($($from:ty => |$given:ident| $value:expr;)*) => {$(
        impl<'a> From<$from> for Value<'a> {
            fn from($given: $from) -> Self { $value }
        }
    )*};
}
macro_rules! ids {
    ($($id:ident)*) => {$(
        values! { $id => |id| Self::Id(Some(id.bytes())); Option<$id> => |id| Self::Id(id.map($id::bytes)); }
        impl rusqlite::types::FromSql for $id {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let wrong = |_| rusqlite::types::FromSqlError::InvalidType;
                value.as_blob()?.try_into().map($id::from_bytes).map_err(wrong)
            }
        }
    )*};
}

ids! { OrganizationId WebhookId EventId DeliveryId AttemptId ProcessId AuditId }
values! {
    &'a str => |text| Self::Text(Some(Cow::Borrowed(text)));
    String => |text| Self::Text(Some(Cow::Owned(text)));
    &'a String => |text| Self::Text(Some(Cow::Borrowed(text)));
    &'a Option<String> => |text| Self::Text(text.as_deref().map(Cow::Borrowed));
    &'a [u8] => |bytes| Self::Bytes(Some(bytes));
    Option<&'a [u8]> => |bytes| Self::Bytes(bytes);
    Option<i16> => |number| Self::Small(number);
    i32 => |number| Self::Int(Some(number));
    i64 => |number| Self::Big(Some(number));
    bool => |flag| Self::Flag(flag);
    Time => |time| Self::Big(Some(time.0));
    Option<Time> => |time| Self::Big(time.map(|time| time.0));
    DeliveryStatus => |status| Self::Small(Some(status as i16));
    Outcome => |outcome| Self::Small(Some(outcome as i16));
    Trigger => |trigger| Self::Small(Some(trigger as i16));
}

/// A statement that is ready to run.
#[derive(Debug)]
pub struct Statement<'a> {
    pub sql: &'static str,
    /// The rows, one value after another, and how many make a row.
    rows: Vec<Value<'a>>,
    width: usize,
    /// What stands after the rows.
    pub values: Vec<Value<'a>>,
}

const ROWS: &str = "{rows}";

impl<'a> Statement<'a> {
    /// A statement without rows.
    pub fn new(sql: &'static str, values: impl Into<Vec<Value<'a>>>) -> Self {
        Self { sql, rows: Vec::new(), width: 0, values: values.into() }
    }
    /// A statement with rows, which stand before all other values.
    pub fn of_rows<const N: usize>(sql: &'static str, rows: impl IntoIterator<Item = [Value<'a>; N]>) -> Self {
        let rows = rows.into_iter();
        let mut all = Vec::with_capacity(rows.size_hint().1.unwrap_or(0) * N);
        rows.for_each(|row| all.extend(row));
        Self { sql, rows: all, width: N, values: Vec::new() }
    }
    /// One more value after the rows.
    pub fn with(mut self, value: impl Into<Value<'a>>) -> Self {
        self.values.push(value.into());
        self
    }
    /// Whether there is nothing for it to do.
    pub fn is_empty(&self) -> bool {
        self.width > 0 && self.rows.is_empty()
    }
    /// The rows; none where the statement takes none.
    pub fn rows(&self) -> Vec<&[Value<'a>]> {
        if self.width == 0 { Vec::new() } else { self.rows.chunks_exact(self.width).collect() }
    }
    /// The columns of its rows.
    pub fn columns(&self) -> impl Iterator<Item = Vec<&Value<'a>>> {
        (0..self.width).map(|column| self.rows.iter().skip(column).step_by(self.width).collect())
    }
    /// The text with so many rows, as SQLite takes it.
    pub fn sqlite(&self, rows: usize) -> Cow<'static, str> {
        let Some((before, after)) = self.sql.split_once(ROWS) else { return self.sql.into() };
        let row = format!("({})", vec!["?"; self.width].join(","));
        Cow::Owned(format!("{before}values {}{after}", vec![row.as_str(); rows].join(",")))
    }
    /// The text as Postgres takes it, its first value being number `first`.
    pub fn postgres(&self, first: usize) -> String {
        let (before, after) = self.sql.split_once(ROWS).unwrap_or(("", self.sql));
        let mut number = first..;
        let mut text = String::with_capacity(self.sql.len() + 256);
        text.push_str(before);
        if self.width > 0 {
            let arrays = self.rows.iter().take(self.width).zip(&mut number);
            let arrays: Vec<String> = arrays.map(|(value, n)| format!("${n}::{}[]", value.type_name())).collect();
            let _ = write!(text, "select * from unnest({})", arrays.join(", "));
        }
        let mut parts = after.split('?');
        text.push_str(parts.next().unwrap_or_default());
        for (part, n) in parts.zip(number) {
            let _ = write!(text, "${n}{part}");
        }
        text
    }
}

impl Value<'_> {
    /// What Postgres calls its type.
    fn type_name(&self) -> &'static str {
        match self {
            Self::Id(_) => "uuid",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytea",
            Self::Small(_) => "int2",
            Self::Int(_) => "int4",
            Self::Big(_) => "int8",
            Self::Flag(_) => "bool",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_lists_of_values_on_sqlite_and_arrays_of_columns_on_postgres() {
        let rows = [[1_i32.into(), "a".into()], [2_i32.into(), "b".into()]];
        let statement =
            Statement::of_rows("insert into t (n, s) {rows} on conflict do update set s = ?", rows).with("c");
        assert_eq!(statement.sqlite(2), "insert into t (n, s) values (?,?),(?,?) on conflict do update set s = ?");
        let expected =
            "insert into t (n, s) select * from unnest($4::int4[], $5::text[]) on conflict do update set s = $6";
        assert_eq!(statement.postgres(4), expected);
        assert_eq!((statement.rows().len(), statement.columns().map(|c| c.len()).collect::<Vec<_>>()), (2, vec![2, 2]));
    }

    #[test]
    fn a_statement_without_rows_is_its_text() {
        let statement = Statement::new("update t set a = ? where b = ?", [1_i32.into(), 2_i32.into()]);
        assert_eq!(statement.sqlite(0), "update t set a = ? where b = ?");
        assert_eq!(statement.postgres(1), "update t set a = $1 where b = $2");
        assert!(!statement.is_empty());
        assert!(Statement::of_rows::<1>("insert into t (a) {rows}", []).is_empty());
    }
}
