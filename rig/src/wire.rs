//! As much of HTTP/1.1 as a load generator needs, and no more: what is measured must not be the measure.

use crate::Result;
use std::{fmt::Write as _, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A message as it came: first line, headers, body.
pub struct Message {
    pub head: String,
    pub body: Vec<u8>,
}

impl Message {
    /// A header's value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
    /// Of an answer.
    pub fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }
}

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    kept: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self::of(TcpStream::connect(address).await?))
    }
    pub fn of(stream: TcpStream) -> Self {
        // Only speed is lost where it is refused.
        let _ = stream.set_nodelay(true);
        Self { stream, kept: Vec::with_capacity(4_096) }
    }
    /// The next message; none where the other side has closed.
    pub async fn read(&mut self) -> Result<Option<Message>> {
        loop {
            if let Some(end) = self.kept.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.kept[..end]).into_owned();
                let mut message = Message { head, body: Vec::new() };
                let is_chunked = message.header("transfer-encoding").is_some_and(|how| how == "chunked");
                let length = message.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
                self.kept.drain(..end + 4);
                message.body = if is_chunked { self.chunks().await? } else { self.take(length).await? };
                return Ok(Some(message));
            }
            if !self.more().await? {
                return if self.kept.is_empty() { Ok(None) } else { Err("the connection was cut".into()) };
            }
        }
    }
    async fn more(&mut self) -> Result<bool> {
        Ok(self.stream.read_buf(&mut self.kept).await? > 0)
    }
    async fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.kept.len() < length {
            if !self.more().await? {
                return Err("the connection was cut within a body".into());
            }
        }
        Ok(self.kept.drain(..length).collect())
    }
    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(end) = self.kept.windows(2).position(|two| two == b"\r\n") {
                    break end;
                }
                if !self.more().await? {
                    return Err("the connection was cut within a body".into());
                }
            };
            let size = usize::from_str_radix(String::from_utf8_lossy(&self.kept[..end]).trim(), 16)?;
            self.kept.drain(..end + 2);
            body.extend(self.take(size).await?);
            self.take(2).await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }
    /// Sends a request and reads the answer.
    pub async fn call(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Message> {
        let mut bytes = request(method, path, headers, body.len()).into_bytes();
        bytes.extend_from_slice(body);
        self.write(&bytes).await?;
        self.read().await?.ok_or_else(|| "the connection was closed instead of an answer".into())
    }
}

/// The head of a request.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        // Writing to a text cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head + "\r\n"
}
