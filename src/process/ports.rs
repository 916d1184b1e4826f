//! Which ports the processes of an app listen on.
//!
//! Must not know: what answers there. A socket belongs to whoever holds its inode; tables are read as the process sees them.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use procfs::process::{FDTarget, Process};
use serde::{Deserialize, Serialize};

/// A port somebody listens on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListeningPort {
    /// The number.
    pub port: u16,
    /// The address it is bound to.
    pub address: IpAddr,
    /// Who listens.
    pub pid: i32,
}

/// TCP ports these processes listen on, by number; each port and address once.
pub fn listening_ports(pids: &[i32]) -> Vec<ListeningPort> {
    let mut found: Vec<ListeningPort> = Vec::new();
    // processes of one network namespace share a table: read it once
    let mut tables: HashMap<String, HashMap<u64, (u16, IpAddr)>> = HashMap::new();
    for process in pids.iter().filter_map(|pid| Process::new(*pid).ok()) {
        let sockets = sockets_of(&process);
        if sockets.is_empty() {
            continue;
        }
        let space = std::fs::read_link(format!("/proc/{}/ns/net", process.pid))
            .map_or_else(|_| process.pid.to_string(), |link| link.to_string_lossy().into_owned());
        let table = tables.entry(space).or_insert_with(|| listeners(&process));
        let mut own: Vec<_> = sockets.iter().filter_map(|inode| table.get(inode)).collect();
        own.sort_unstable();
        for (port, address) in own {
            if !found.iter().any(|known| known.port == *port && known.address == *address) {
                found.push(ListeningPort { port: *port, address: *address, pid: process.pid });
            }
        }
    }
    found.sort_by_key(|port| (port.port, port.address));
    found
}

fn sockets_of(process: &Process) -> HashSet<u64> {
    let descriptors = process.fd().into_iter().flatten().flatten();
    descriptors
        .filter_map(|descriptor| match descriptor.target {
            FDTarget::Socket(inode) => Some(inode),
            _ => None,
        })
        .collect()
}

/// Listening sockets by inode.
fn listeners(process: &Process) -> HashMap<u64, (u16, IpAddr)> {
    let mut table = HashMap::new();
    let rows = process.tcp().into_iter().flatten().chain(process.tcp6().into_iter().flatten());
    for row in rows.filter(|row| row.state == procfs::net::TcpState::Listen) {
        table.insert(row.inode, (row.local_address.port(), row.local_address.ip()));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn our_own_listeners_are_found_and_those_of_others_are_not() {
        let four = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let port = four.local_addr().map_or(0, |address| address.port());
        let own = listening_ports(&[std::process::id() as i32]);
        assert!(own.iter().any(|found| found.port == port && found.address.is_loopback()), "{own:?}");
        assert!(!listening_ports(&[1]).iter().any(|found| found.port == port));
        drop(four);
        assert!(!listening_ports(&[std::process::id() as i32]).iter().any(|found| found.port == port));
    }
}
