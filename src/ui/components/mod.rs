//! The vocabulary of every page. Markup and classes are decided here once; pages put these together.
//!
//! | for | use |
//! |---|---|
//! | a button or a link that looks like one | [`Button`], [`LinkButton`] |
//! | a state | [`Badge`], [`DeliveryBadge`], [`WebhookBadge`] |
//! | a moment | [`TimeText`] |
//! | a form | [`TextField`], [`SelectField`], [`AreaField`], [`Check`], with [`Errors`] |
//! | nothing here | [`Empty`] |
//! | a step that cannot be undone | [`AskFirst`] |
//! | something to know | [`Notice`] |
//! | an id, a secret, code | [`Copyable`], [`CodeBlock`], [`CopyButton`](crate::ui::islands::copy::CopyButton) |
//! | the head of a page | [`PageHeader`], [`Breadcrumbs`], [`Tabs`] |
//! | further pages | [`Pagination`] |
//!
//! Plain classes for the rest: `card`, `stack`, `row`, `columns`, `facts`, `table-box` and `table` (with
//! `cards`), `toolbar`, `menu`, `fold`, `toggle`, `muted`, `only-heard`; see `style/`.

mod ask_first;
mod badge;
mod button;
mod chart;
mod code;
mod field;
mod header;
pub mod icon;
mod middle_cut;
mod notice;
mod pagination;
mod raw_text;
mod time_text;

pub use ask_first::*;
pub use badge::*;
pub use button::*;
pub use chart::*;
pub use code::*;
pub use field::*;
pub use header::*;
pub use icon::*;
pub use middle_cut::*;
pub use notice::*;
pub use pagination::*;
pub use raw_text::raw_text;
pub use time_text::*;
