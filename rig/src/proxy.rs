//! Stands between the program and its Postgres, and at times loses the answer to a COMMIT, or to rows that commit by
//! themselves: the database has it, the program does not know. Or falls silent, as a network does whose cable was drawn. Or is
//! slow.

use crate::Result;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// The name that clients look for in a server's folder.
const SOCKET: &str = ".s.PGSQL.5432";
/// A simple query, its length, and the word; what `Transaction::commit` of sqlx sends.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
/// The end of a statement with values, and the bytes of one that carries rows.
const SYNC: &[u8] = b"S\0\0\0\x04";
const ROWS: usize = 1_500;
/// Of so many commits one answer is lost.
const EVERY: u32 = 5;

/// A way to a Postgres that is not to be trusted; gone when dropped.
pub struct Proxy {
    folder: PathBuf,
    commits: AtomicU32,
    /// How many answers are still to be lost.
    to_lose: AtomicU32,
    lost: AtomicU32,
    silent: watch::Sender<bool>,
    /// Milliseconds that each answer takes longer.
    slow: Arc<AtomicU64>,
}

impl Proxy {
    /// Opens a way to the server whose socket is in the folder. It is honest until it is told to lose something.
    pub async fn to(server: &Path) -> Result<Arc<Self>> {
        let folder = std::env::temp_dir().join(format!("switchhook-proxy-{:x}", rand::random::<u64>()));
        std::fs::create_dir_all(&folder)?;
        let listener = UnixListener::bind(folder.join(SOCKET))?;
        let (commits, to_lose, lost, silent, slow) = Default::default();
        let proxy = Arc::new(Self { folder, commits, to_lose, lost, silent, slow });
        let (serving, server) = (Arc::downgrade(&proxy), server.join(SOCKET));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await
                && let Some(serving) = serving.upgrade()
            {
                tokio::spawn(serving.serve(client, server.clone()));
            }
        });
        Ok(proxy)
    }
    /// The folder to give as the server's.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
    /// Loses the answers to so many of the commits that follow, and each time the connection.
    pub fn lose(&self, answers: u32) {
        self.to_lose.store(answers, Ordering::SeqCst);
    }
    /// How many answers were lost.
    pub fn lost(&self) -> u32 {
        self.lost.load(Ordering::SeqCst)
    }

    /// Passes nothing on, and keeps what comes, until it is told otherwise; connections stay open.
    pub fn be_silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    /// Each answer takes so much longer from now on.
    pub fn be_slow(&self, by: Duration) {
        self.slow.store(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    async fn serve(self: Arc<Self>, client: UnixStream, server: PathBuf) {
        let Ok(server) = UnixStream::connect(server).await else { return };
        let ((from_client, to_client), (from_server, mut to_server)) = (client.into_split(), server.into_split());
        let is_cut = Arc::new(AtomicBool::new(false));
        let back =
            tokio::spawn(pass_back(from_server, to_client, is_cut.clone(), self.silent.subscribe(), self.slow.clone()));
        // Either end may leave at any time.
        let _ = self.pass_on(from_client, &mut to_server, &is_cut).await;
        let _ = to_server.shutdown().await;
        let _ = back.await;
    }

    /// Passes on what the program sends, until it has sent a commit whose answer is to be lost.
    async fn pass_on(&self, mut from: OwnedReadHalf, to: &mut OwnedWriteHalf, is_cut: &AtomicBool) -> Result<()> {
        let (mut bytes, mut silent) = (vec![0; 64 * 1_024], self.silent.subscribe());
        while !is_cut.load(Ordering::SeqCst) {
            let count = from.read(&mut bytes).await?;
            if count == 0 {
                return Ok(());
            }
            silent.wait_for(|silent| !silent).await?;
            let commits = bytes[..count].ends_with(COMMIT) || (count > ROWS && bytes[..count].ends_with(SYNC));
            is_cut.store(commits && self.is_to_be_lost(), Ordering::SeqCst);
            to.write_all(&bytes[..count]).await?;
        }
        Ok(())
    }

    fn is_to_be_lost(&self) -> bool {
        let is_turn = self.commits.fetch_add(1, Ordering::SeqCst) % EVERY == EVERY - 1;
        let take = |left: u32| left.checked_sub(1);
        let is_lost = is_turn && self.to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        self.lost.fetch_add(u32::from(is_lost), Ordering::SeqCst);
        is_lost
    }
}

/// Passes back what the server says; once the connection is cut, waits for the answer and keeps it.
async fn pass_back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    is_cut: Arc<AtomicBool>,
    mut silent: watch::Receiver<bool>,
    slow: Arc<AtomicU64>,
) -> Result<()> {
    let mut bytes = vec![0; 64 * 1_024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 || is_cut.load(Ordering::SeqCst) {
            return Ok(());
        }
        silent.wait_for(|silent| !silent).await?;
        tokio::time::sleep(Duration::from_millis(slow.load(Ordering::SeqCst))).await;
        to.write_all(&bytes[..count]).await?;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Gone already, then.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
