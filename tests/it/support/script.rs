//! What a receiver is told to answer.

use bytes::Bytes;
use std::time::Duration;

/// One answer of a [`super::Receiver`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// A whole response.
    Respond { status: u16, headers: Vec<(String, String)>, body: Bytes },
    /// Takes the request and says nothing until [`super::Receiver::release`]; then the answer inside.
    Held(Box<Answer>),
    /// Takes the request and never answers.
    Hang,
    /// Sends the head, then the body one byte per pause, for ever.
    Drip { pause: Duration },
    /// Sends the head one line per pause, for ever.
    DripHead { pause: Duration },
    /// Sends a body without end, as fast as it is read.
    Endless,
    /// Takes the request, then resets the connection.
    Reset,
    /// Takes the request, then closes the connection in order, without a word.
    Close,
    /// Sends these bytes instead of a response.
    Raw(Bytes),
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self::Respond { status, headers: Vec::new(), body: Bytes::new() }
    }
    pub fn ok() -> Self {
        Self::status(200)
    }
    /// Adds a header to a whole response.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Respond { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }
    /// Gives a whole response its body.
    pub fn body(mut self, bytes: impl Into<Bytes>) -> Self {
        if let Self::Respond { body, .. } = &mut self {
            *body = bytes.into();
        }
        self
    }
    /// The same answer, but only after [`super::Receiver::release`].
    pub fn held(self) -> Self {
        Self::Held(Box::new(self))
    }
}
