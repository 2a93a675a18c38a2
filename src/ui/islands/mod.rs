//! The parts of a page that are live. An island is complete as it is served; scripts add to it.

pub mod copy;
pub mod form_guard;
pub mod live_delivery;
pub mod live_rows;
pub mod picker;
pub mod rows;
mod stream;
pub mod test_form;
pub mod toggle;
pub mod url_field;
