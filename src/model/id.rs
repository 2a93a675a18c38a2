//! Typed ids with a prefix: 16 bytes that sort by the time they were made (the layout of UUID
//! version 7), written as the prefix and 26 characters of Crockford's base 32.

use super::time::Time;
use std::{fmt, str::FromStr};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text that is no id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {prefix}_01hq…, got “{got}”")]
pub struct IdError {
    prefix: &'static str,
    got: String,
}

/// Lays out 16 bytes as UUID version 7: 48 bits of milliseconds, then 74 random bits.
pub fn time_sortable(millis: u64, random: [u8; 10]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    bytes
}

/// When such an id was made, to the millisecond.
pub fn made_at(bytes: [u8; 16]) -> Time {
    let [a, b, c, d, e, f, ..] = bytes;
    Time::from_millis(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

fn encode(bytes: [u8; 16]) -> [u8; 26] {
    let mut value = u128::from_be_bytes(bytes);
    let mut out = [b'0'; 26];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    out
}

fn decode(text: &str) -> Option<[u8; 16]> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for c in text.bytes() {
        let digit = ALPHABET.iter().position(|a| *a == c)?;
        value = (value << 5) | digit as u128;
    }
    Some(value.to_be_bytes())
}

fn write_id(f: &mut fmt::Formatter<'_>, prefix: &str, bytes: [u8; 16]) -> fmt::Result {
    let text = encode(bytes);
    write!(f, "{prefix}_{}", std::str::from_utf8(&text).unwrap_or_default())
}

fn parse_id(prefix: &'static str, text: &str) -> Result<[u8; 16], IdError> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(decode)
        .ok_or_else(|| IdError { prefix, got: text.chars().take(80).collect() })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// What its text starts with, before the underscore.
            pub const PREFIX: &'static str = $prefix;
            pub const fn from_bytes(bytes: [u8; 16]) -> Self { Self(bytes) }
            pub const fn bytes(self) -> [u8; 16] { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write_id(f, $prefix, self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write_id(f, $prefix, self.0) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> { parse_id($prefix, text).map(Self) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        #[cfg(feature = "ssr")]
        crate::model::id::sql_id!($name);
    )*};
}

/// Ids are kept as 16 bytes: a blob in SQLite, `uuid` in Postgres.
#[cfg(feature = "ssr")]
macro_rules! sql_id {
    ($name:ident) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            uuid::Uuid: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                uuid::Uuid::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                uuid::Uuid::compatible(ty)
            }
        }
        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            uuid::Uuid: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                uuid::Uuid::from_bytes(self.0).encode_by_ref(buffer)
            }
        }
        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            uuid::Uuid: sqlx::Decode<'r, DB>,
        {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                Ok(Self(uuid::Uuid::decode(value)?.into_bytes()))
            }
        }
    };
}
#[cfg(feature = "ssr")]
pub(crate) use sql_id;

ids! {
    /// The tenant.
    OrganizationId "org";
    /// A person.
    UserId "usr";
    /// How a program acts for one organization.
    ApiKeyId "key";
    /// An invitation to an organization.
    InvitationId "inv";
    /// A subscription.
    WebhookId "wh";
    /// One signing secret of a webhook.
    SecretId "sec";
    /// One published occurrence.
    EventId "evt";
    /// One event for one webhook.
    DeliveryId "dlv";
    /// One HTTP request of a delivery.
    AttemptId "att";
    /// A built-in receiver.
    InboxId "inb";
    /// One request that an inbox received.
    InboxRequestId "req";
    /// One entry of the audit log.
    AuditId "aud";
    /// A job that retries many deliveries.
    JobId "job";
    /// Filters of the log under a name.
    ViewId "view";
    /// A running process of the program.
    ProcessId "prc";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = WebhookId::from_bytes(time_sortable(1_700_000_000_000, [7; 10]));
        assert_eq!(id.to_string().parse::<WebhookId>(), Ok(id));
        assert_eq!(id.to_string().len(), "wh_".len() + 26);
    }

    #[test]
    fn a_later_id_sorts_after_an_earlier_one_as_bytes_and_as_text() {
        let early = EventId::from_bytes(time_sortable(1_000, [255; 10]));
        let late = EventId::from_bytes(time_sortable(1_001, [0; 10]));
        assert!(early < late && early.to_string() < late.to_string());
    }

    #[test]
    fn an_id_of_another_kind_is_refused_and_the_message_names_the_kind_expected() {
        let event = EventId::from_bytes([1; 16]).to_string();
        let error = event.parse::<WebhookId>().unwrap_err().to_string();
        assert!(error.contains("wh_") && error.contains("evt_"), "{error}");
        assert!("wh_zzzz".parse::<WebhookId>().is_err());
    }
}
