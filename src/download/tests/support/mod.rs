//! A web server on the loopback that does what a test tells it, down to cutting a connection after so many bytes.
//!
//! Must not know: what is tested. Plain sockets, because an HTTP library would not let a test break the rules.

#![allow(dead_code, reason = "each test file uses another part of it")]
#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub verb: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// First position of `Range: bytes=N-…`.
    pub(crate) fn from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.split('-').next()?.parse().ok()
    }

    /// Position after the last one of `Range: bytes=N-M`.
    pub(crate) fn until(&self) -> Option<usize> {
        let last: usize = self.header("range")?.split('-').nth(1)?.parse().ok()?;
        Some(last + 1)
    }
}

/// What the server answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Announced length, when it is not the body's.
    pub length: Option<usize>,
    /// Close the connection after this much of the body.
    pub cut: Option<usize>,
    /// Send nothing more after this much of the body, but keep the connection.
    pub stall: Option<usize>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn cut(self, after: usize) -> Self {
        Self { cut: Some(after), ..self }
    }

    pub(crate) fn stall(self, after: usize) -> Self {
        Self { stall: Some(after), ..self }
    }
}

/// Answers as a good server does: ranges, version marks, `If-Range`.
pub(crate) fn serve_file(request: &Request, content: &[u8], etag: &str) -> Reply {
    let changed = request.header("if-range").is_some_and(|mark| mark != etag);
    match request.from().filter(|_| !changed) {
        Some(from) if from >= content.len() => {
            Reply::new(416, "").with("content-range", format!("bytes */{}", content.len()))
        }
        Some(from) => {
            let until = request.until().unwrap_or(content.len()).min(content.len());
            Reply::new(206, &content[from..until])
                .with("etag", etag)
                .with("content-range", format!("bytes {from}-{}/{}", until - 1, content.len()))
        }
        None => Reply::new(200, content).with("etag", etag).with("accept-ranges", "bytes"),
    }
}

type Handler = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// The server; it ends with the test.
pub(crate) struct Server {
    address: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// `handler` gets the request and how many came before it.
    pub(crate) async fn start(handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (handler, log) = (Arc::new(handler) as Arc<Handler>, Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&handler), Arc::clone(&log)));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(mut stream: TcpStream, handler: Arc<Handler>, log: Arc<Mutex<Vec<Request>>>) {
    let Some(request) = read_request(&mut stream).await else { return };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    let reply = handler(&request, before);
    let length = reply.length.unwrap_or(reply.body.len());
    let mut head =
        format!("HTTP/1.1 {} X\r\nconnection: close\r\ncontent-length: {length}\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    let end = reply.cut.or(reply.stall).unwrap_or(reply.body.len()).min(reply.body.len());
    // a client that has had enough closes early; that is its business
    let sent = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&reply.body[..end]).await?;
        stream.flush().await
    };
    if sent.await.is_ok() && reply.stall.is_some() {
        let mut rest = [0; 1];
        // until the client gives up
        let _ = tokio::time::timeout(Duration::from_mins(1), stream.read(&mut rest)).await;
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (verb, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers =
        headers.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned())).collect();
    Some(Request { verb, path, headers })
}
