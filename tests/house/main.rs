//! Rules of the house, read from the source: which layer may use which, how long files and functions
//! are, what SQL both databases take, what is never written inline. A failure names file, line and rule.

mod arrows;
mod documents;
mod markup;
mod sizes;
mod source;
