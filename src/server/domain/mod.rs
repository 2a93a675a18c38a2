//! The rules. What changes something takes a permit; what happens next is a pure function.
