//! The receiver: answers at once, late, badly or never, by path, and keeps a ledger of what arrived.

use crate::{
    Result,
    machine::now_ns,
    wire::{Connection, Message},
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, sync::Notify};

/// Such as frameworks send by themselves.
pub const ERROR_PAGE: &str = include_str!("error_page.html");

/// What a path does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Answer,
    /// 200 after so long.
    After(Duration),
    /// Accepts and stays silent.
    Never,
    Status(u16),
    /// 200, a stated length of 1 GiB, and bytes for as long as they are taken.
    Endless,
    /// 200, and what claims to be compressed: a megabyte of it.
    Bomb,
    /// 500 with a page that says so, and a reference in it that is another each time.
    Page,
    /// 500 to the first request of every third event, and to the second of every sixth.
    Flaky,
}

/// One request that arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The number that the publisher gave the event.
    pub number: u64,
    pub at_ns: u64,
    /// When the publisher sent the event.
    pub sent_ns: u64,
    pub id: String,
    pub timestamp: String,
    /// As `webhook-signature` says.
    pub signature: String,
    /// What was answered; 0 where nothing was.
    pub status: u16,
    /// Kept where a ledger is asked for.
    pub body: Vec<u8>,
}

struct Path {
    manner: Manner,
    arrivals: Vec<Arrival>,
    /// How often each event came to a flaky path.
    seen: HashMap<String, u32>,
}

/// A receiver on a free port; its paths are `/0`, `/1` and so on.
pub struct Receiver {
    pub address: SocketAddr,
    paths: Mutex<Vec<Path>>,
    arrived: Notify,
    keeps_bodies: bool,
}

impl Receiver {
    /// With `keeps_bodies` signatures can be checked afterwards.
    pub async fn start(keeps_bodies: bool) -> Result<Arc<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let receiver = Arc::new(Self { address, paths: Mutex::default(), arrived: Notify::new(), keeps_bodies });
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(Connection::of(stream)));
            }
        });
        Ok(receiver)
    }
    fn paths(&self) -> MutexGuard<'_, Vec<Path>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// A further path; answers its number.
    pub fn add(&self, manner: Manner) -> usize {
        let mut paths = self.paths();
        paths.push(Path { manner, arrivals: Vec::new(), seen: HashMap::new() });
        paths.len() - 1
    }
    pub fn set(&self, path: usize, manner: Manner) {
        self.paths()[path].manner = manner;
    }
    pub fn url(&self, path: usize) -> String {
        format!("http://{}/{path}", self.address)
    }
    /// What has arrived on a path, in order.
    pub fn arrivals(&self, path: usize) -> Vec<Arrival> {
        self.paths()[path].arrivals.clone()
    }
    pub fn count(&self, path: usize) -> usize {
        self.paths()[path].arrivals.len()
    }
    /// Waits until so many have arrived on a path; false where none came for `patience`.
    pub async fn wait(&self, path: usize, count: usize, patience: Duration) -> bool {
        loop {
            let arrived = self.arrived.notified();
            let before = self.count(path);
            if before >= count {
                return true;
            }
            if tokio::time::timeout(patience, arrived).await.is_err() && self.count(path) == before {
                return false;
            }
        }
    }

    async fn serve(self: Arc<Self>, mut connection: Connection) {
        while let Ok(Some(message)) = connection.read().await {
            let number = message.head.split(' ').nth(1).and_then(|path| path[1..].parse().ok()).unwrap_or(0);
            let Some(manner) = self.paths().get(number).map(|path| path.manner) else { return };
            let status = self.note(number, manner, message);
            match manner {
                Manner::After(wait) => tokio::time::sleep(wait).await,
                Manner::Never => return std::future::pending().await,
                Manner::Endless => return pour(&mut connection, "content-length: 1073741824", 1_024).await,
                Manner::Bomb => {
                    return pour(&mut connection, "content-encoding: gzip\r\ncontent-length: 1048576", 1).await;
                }
                Manner::Answer | Manner::Status(_) | Manner::Flaky | Manner::Page => {}
            }
            let body = match manner {
                Manner::Page => ERROR_PAGE.replace("REFERENCE", &format!("{:032x}", rand::random::<u128>())),
                _ => "ok".to_owned(),
            };
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            if connection.write(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    /// Writes it down; answers the status that it gets.
    fn note(&self, path: usize, manner: Manner, message: Message) -> u16 {
        let text = |name| message.header(name).unwrap_or_default().to_owned();
        let (id, number) = (text("webhook-id"), field(&message.body, b"\"number\":"));
        let mut paths = self.paths();
        let status = match manner {
            Manner::Answer | Manner::After(_) | Manner::Endless | Manner::Bomb => 200,
            Manner::Never => 0,
            Manner::Page => 500,
            Manner::Status(status) => status,
            Manner::Flaky => {
                let seen = paths[path].seen.entry(id.clone()).or_default();
                *seen += 1;
                let fails = (*seen == 1 && number % 3 == 0) || (*seen == 2 && number % 6 == 0);
                if fails { 500 } else { 200 }
            }
        };
        let arrival = Arrival {
            number,
            at_ns: now_ns(),
            sent_ns: field(&message.body, b"\"sent_ns\":"),
            id,
            timestamp: text("webhook-timestamp"),
            signature: text("webhook-signature"),
            status,
            body: if self.keeps_bodies { message.body } else { Vec::new() },
        };
        paths[path].arrivals.push(arrival);
        drop(paths);
        self.arrived.notify_waiters();
        status
    }
}

/// Answers 200 with these headers and so many megabytes, or as many of them as are taken.
async fn pour(connection: &mut Connection, headers: &str, megabytes: usize) {
    let head = format!("HTTP/1.1 200 x\r\n{headers}\r\n\r\n");
    let much = [0x1f; 65_536];
    let mut sent = connection.write(head.as_bytes()).await;
    for _ in 0..megabytes * 16 {
        if sent.is_err() {
            return;
        }
        sent = connection.write(&much).await;
    }
}

/// A number behind a name in a JSON text; 0 where there is none.
fn field(body: &[u8], name: &[u8]) -> u64 {
    let Some(at) = body.windows(name.len()).position(|part| part == name) else { return 0 };
    let digits = body[at + name.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}
