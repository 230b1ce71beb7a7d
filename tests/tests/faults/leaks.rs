//! What this process holds, as the system sees it.

use std::collections::{BTreeSet, HashSet};
use std::fs;

/// What must be the same again when everything has come to rest.
#[derive(Debug)]
pub(crate) struct Held {
    /// Open descriptors: what each of them leads to.
    descriptors: Vec<String>,
    /// TCP sockets that do not listen, in whatever state: established, half closed, on their way. Each as the system lists it: its
    /// two addresses and its state, in hexadecimal digits.
    connections: Vec<String>,
}

impl Held {
    pub(crate) fn now() -> std::io::Result<Self> {
        let mut sockets = HashSet::new();
        let mut links = Vec::new();
        for entry in fs::read_dir("/proc/self/fd")? {
            // One is this very list's, which is gone when it is looked at.
            let Ok(link) = fs::read_link(entry?.path()) else { continue };
            links.push(link.display().to_string());
            if let Some(inode) =
                link.to_str().and_then(|link| link.strip_prefix("socket:[")?.strip_suffix(']'))
            {
                sockets.insert(inode.to_owned());
            }
        }
        let table = fs::read_to_string("/proc/self/net/tcp")?;
        let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        let is_open =
            |row: &Vec<&str>| row.get(9).is_some_and(|inode| sockets.contains(*inode)) && row[3] != "0A";
        // The table may change while it is read, and then has rows twice.
        let connections: BTreeSet<_> = rows.filter(is_open).map(|row| row[1..4].join(" ")).collect();
        Ok(Held { descriptors: links, connections: connections.into_iter().collect() })
    }

    /// Whether it is as much as the other.
    pub(crate) fn is_as(&self, other: &Held) -> bool {
        self.descriptors.len() == other.descriptors.len() && self.connections.len() == other.connections.len()
    }
}

/// The memory that this process has, in KiB.
pub(crate) fn resident() -> Result<usize, String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.ok_or_else(|| "no VmRSS".to_owned())
}
