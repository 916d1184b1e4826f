//! TCP ports handed out to a run: free at the moment, never the same one twice, not handed out by another run either.
//!
//! Must not know: who listens there later.

use std::{
    net::{Ipv4Addr, Ipv6Addr, TcpListener},
    sync::{Mutex, PoisonError},
};

/// The first port scripts get (spec 20 §6).
const FIRST: u16 = 42_003;

/// Every port is taken.
#[derive(Debug, thiserror::Error)]
#[error("no free TCP port from {FIRST} up; stop programs that listen and try again")]
pub(crate) struct NoPort;

/// The ports of one run. Dropping it gives the reservations back.
#[derive(Debug, Default)]
pub(crate) struct Ports {
    reserved: Mutex<Vec<(u16, Reservation)>>,
}

impl Ports {
    /// A free port, reserved for this run.
    pub(crate) fn next(&self) -> Result<u16, NoPort> {
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        let own = |port: u16| reserved.iter().any(|(known, _)| *known == port);
        let found = (FIRST..=u16::MAX).find_map(|port| {
            if own(port) || !is_free(port) {
                return None;
            }
            Reservation::take(port).map(|reservation| (port, reservation))
        });
        let (port, reservation) = found.ok_or(NoPort)?;
        reserved.push((port, reservation));
        Ok(port)
    }
}

/// Nobody listens on this port.
pub(crate) fn is_free(port: u16) -> bool {
    let v4 = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok();
    // a machine without IPv6 refuses every address; that says nothing about the port
    let v6 = || match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Ok(_) => true,
        Err(error) => error.kind() != std::io::ErrorKind::AddrInUse,
    };
    v4 && v6()
}

/// A name only one process of the machine can hold: other runs of pino see it, programs that listen do not mind.
#[derive(Debug)]
struct Reservation {
    #[cfg(target_os = "linux")]
    _held: std::os::unix::net::UnixListener,
}

impl Reservation {
    #[cfg(target_os = "linux")]
    fn take(port: u16) -> Option<Self> {
        use std::os::{linux::net::SocketAddrExt as _, unix::net};
        let name = net::SocketAddr::from_abstract_name(format!("pino-port-{port}")).ok()?;
        net::UnixListener::bind_addr(&name).ok().map(|held| Self { _held: held })
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere the reservation is within the process only")]
    fn take(_port: u16) -> Option<Self> {
        Some(Self {})
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn two_runs_never_get_the_same_port_and_it_can_be_used() {
        let (one, two) = (Ports::default(), Ports::default());
        let ports = [one.next().unwrap(), one.next().unwrap(), two.next().unwrap()];
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, ports[0])).unwrap();
        assert!(!is_free(ports[0]));
        drop(listener);
    }
}
