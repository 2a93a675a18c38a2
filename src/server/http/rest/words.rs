//! The API's fixed words in the OpenAPI document, from the same lists that the code answers with.

use crate::model::delivery::{DeliveryStatus, ERROR_STATUS, Outcome, Trigger};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

fn one_of(description: String, words: Vec<&'static str>) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(words));
    object.build().into()
}

/// `Words: meaning; …` for a description.
fn glossary<T: Copy>(all: &[T], word: fn(T) -> &'static str, label: fn(T) -> &'static str) -> String {
    all.iter().map(|one| format!("`{}`: {}", word(*one), label(*one))).collect::<Vec<_>>().join("; ")
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $schema:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> { $schema }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> { stringify!($name).into() }
        }
    )*};
}

fn outcomes() -> Vec<&'static str> {
    Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect()
}

words! {
    /// Where a delivery stands.
    StatusWord: one_of(
        format!("Where a delivery stands. {}.", glossary(DeliveryStatus::ALL, DeliveryStatus::as_str, DeliveryStatus::label)),
        DeliveryStatus::ALL.iter().map(|status| status.as_str()).collect(),
    );
    /// What one attempt came to.
    OutcomeWord: one_of(
        format!("What one attempt came to. {}.", glossary(Outcome::ALL, Outcome::as_str, Outcome::label)),
        outcomes(),
    );
    /// Why a delivery's last attempt failed.
    ErrorWord: one_of(
        "Why the last attempt failed: its outcome, or `status` where the receiver answered with no success.".into(),
        std::iter::once(ERROR_STATUS).chain(outcomes().into_iter().filter(|w| *w != Outcome::Answered.as_str())).collect(),
    );
    /// Why an attempt was made.
    TriggerWord: one_of(
        format!("Why an attempt was made. {}.", glossary(Trigger::ALL, Trigger::as_str, Trigger::label)),
        Trigger::ALL.iter().map(|trigger| trigger.as_str()).collect(),
    );
}
