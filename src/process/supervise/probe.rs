//! One health check: the app itself listens on the port, and answers there.
//!
//! Must not know: what the app is. The answer is a stranger's: only its first line is read, and only so much of it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::HealthCheck;
use crate::ports::{ListeningPort, listening_ports};

/// A status line is shorter.
const STATUS_LINE_BYTES: usize = 128;

/// Why the app is not well.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nothing of the app listens there.
    #[error("no process of the app listens on {}", .0.map_or("any port".to_owned(), |port| format!("port {port}")))]
    NobodyListens(Option<u16>),
    /// No connection.
    #[error("could not connect to {address}: {source}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// It took too long.
    #[error("{address} gave no answer within {} ms", limit.as_millis())]
    TooSlow {
        /// Where.
        address: SocketAddr,
        /// The limit.
        limit: Duration,
    },
    /// Something else than HTTP.
    #[error("{0} does not speak HTTP")]
    NotHttp(SocketAddr),
    /// The app says it is not well.
    #[error("{address} answered with status {status}")]
    Status {
        /// Where.
        address: SocketAddr,
        /// The status.
        status: u16,
    },
}

/// Checks once; gives the port. Any HTTP status below 500 is well: an app may want a password.
pub async fn probe(check: &HealthCheck, pids: &[i32]) -> Result<u16, ProbeError> {
    let ports = listening_ports(pids);
    let mut meant = ports.iter().filter(|found| check.port.is_none_or(|port| port == found.port));
    let found = meant.next().ok_or(ProbeError::NobodyListens(check.port))?;
    let address = reachable(found);
    let Some(path) = &check.http_path else { return Ok(found.port) };
    let answer = timeout(check.timeout, ask(address, path)).await;
    let status = answer.map_err(|_elapsed| ProbeError::TooSlow { address, limit: check.timeout })??;
    if status >= 500 {
        return Err(ProbeError::Status { address, status });
    }
    Ok(found.port)
}

/// What is bound to all addresses is reached on loopback.
fn reachable(found: &ListeningPort) -> SocketAddr {
    let address = match found.address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(address, found.port)
}

async fn ask(address: SocketAddr, path: &str) -> Result<u16, ProbeError> {
    let failed = |source| ProbeError::Connect { address, source };
    let mut stream = TcpStream::connect(address).await.map_err(failed)?;
    let path: String = path.chars().filter(char::is_ascii_graphic).collect();
    let slash = if path.starts_with('/') { "" } else { "/" };
    let request = format!(
        "GET {slash}{path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: pino\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut line = Vec::new();
    let mut buffer = [0; STATUS_LINE_BYTES];
    while line.len() < STATUS_LINE_BYTES && !line.contains(&b'\n') {
        match stream.read(&mut buffer).await.map_err(failed)? {
            0 => break,
            count => line.extend_from_slice(&buffer[..count]),
        }
    }
    status_of(&line).ok_or(ProbeError::NotHttp(address))
}

/// The status of `HTTP/1.1 200 OK`.
fn status_of(line: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(line.split(|byte| *byte == b'\r' || *byte == b'\n').next()?).ok()?;
    let mut words = text.split(' ');
    let status = words.next().filter(|word| word.starts_with("HTTP/")).and(words.next())?;
    status.parse().ok().filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// Answers one connection with these bytes.
    fn server(answer: &'static [u8]) -> (u16, thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let port = listener.local_addr().map_or(0, |address| address.port());
        let body = move || {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let _ = stream.read(&mut [0; 512]);
            stream.write_all(answer).ok();
        };
        (port, thread::spawn(body))
    }

    async fn check(port: u16, http: bool) -> Result<u16, ProbeError> {
        let http_path = http.then(|| "/health".to_owned());
        let check = HealthCheck { port: Some(port), http_path, ..HealthCheck::default() };
        probe(&check, &[std::process::id() as i32]).await
    }

    #[tokio::test]
    async fn an_answer_is_health_and_a_fault_is_not() {
        for (answer, well) in [
            (&b"HTTP/1.1 200 OK\r\n\r\n"[..], true),
            (b"HTTP/1.0 401 Unauthorized\r\n\r\n", true),
            (b"HTTP/1.1 503 Busy\r\n\r\n", false),
            (b"SSH-2.0-x\r\n", false),
            (b"\xff\xfe\x00", false),
        ] {
            let (port, thread) = server(answer);
            assert_eq!(check(port, true).await.is_ok(), well, "{answer:?}");
            thread.join().ok();
        }
    }

    #[tokio::test]
    async fn a_port_of_somebody_else_does_not_count() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let port = listener.local_addr().map_or(0, |address| address.port());
        assert_eq!(check(port, false).await.ok(), Some(port));
        let check = HealthCheck { port: Some(port), ..HealthCheck::default() };
        assert!(matches!(probe(&check, &[1]).await, Err(ProbeError::NobodyListens(Some(_)))));
    }
}
