//! What islands call. Three lines each: who, call, answer.
