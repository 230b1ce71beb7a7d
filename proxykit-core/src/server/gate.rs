use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::ManagerOptions;
use crate::counters::Door;

/// Lets connections in as long as there are not too many: in all, and from one address. All workers share it.
pub(crate) struct Gate {
    door: Arc<Door>,
    most: u64,
    most_of_client: usize,
    /// Only those who are inside, so that their number bounds it; unused without a limit.
    clients: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that was let in, until it is dropped.
pub(super) struct Admitted {
    gate: Arc<Gate>,
    client: Option<IpAddr>,
}

impl Gate {
    pub(crate) fn new(options: &ManagerOptions, door: &Arc<Door>) -> Arc<Self> {
        let unlimited = |limit: usize| if limit == 0 { usize::MAX } else { limit };
        Arc::new(Gate {
            most: unlimited(options.connection_limit) as u64,
            most_of_client: unlimited(options.client_connection_limit),
            door: door.clone(),
            clients: Mutex::default(),
        })
    }

    /// None if it must not come in. A connection without an address, on a unix socket or of a proxy that will say whom it
    /// is for, counts among all only.
    pub(super) fn admit(self: &Arc<Self>, client: Option<IpAddr>) -> Option<Admitted> {
        // Made first: its drop takes back the count.
        let mut admitted = Admitted { gate: self.clone(), client: None };
        if self.door.open() >= self.most {
            self.door.refuse();
            return None;
        }
        if client.is_some_and(|client| !admitted.is_for(client)) {
            return None;
        }
        self.door.accept();
        Some(admitted)
    }
}

impl Admitted {
    /// Counts it for this client from now on; false if that has too many.
    pub(super) fn is_for(&mut self, client: IpAddr) -> bool {
        if self.gate.most_of_client == usize::MAX || self.client.is_some() {
            return true;
        }
        let client = client.to_canonical();
        let mut clients = self.gate.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let count = clients.entry(client).or_default();
        if *count >= self.gate.most_of_client {
            self.gate.door.refuse();
            return false;
        }
        *count += 1;
        self.client = Some(client);
        true
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.gate.door.close();
        let Some(client) = self.client else { return };
        let mut clients = self.gate.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = clients.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                clients.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::Connections;

    fn gate(most: usize, most_of_client: usize) -> Arc<Gate> {
        let options = ManagerOptions {
            connection_limit: most,
            client_connection_limit: most_of_client,
            ..ManagerOptions::default()
        };
        Gate::new(&options, &Arc::default())
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn those_who_leave_make_room() {
        let gate = gate(2, 0);
        let first = gate.admit(address("10.0.0.1")).unwrap();
        let _second = gate.admit(None).unwrap();
        for _ in 0..3 {
            assert!(gate.admit(address("10.0.0.1")).is_none());
        }
        drop(first);
        assert!(gate.admit(address("10.0.0.2")).is_some());
    }

    #[test]
    fn each_client_has_its_own_limit() {
        let gate = gate(0, 2);
        let held =
            [gate.admit(address("10.0.0.1")).unwrap(), gate.admit(address("::ffff:10.0.0.1")).unwrap()];
        assert!(gate.admit(address("10.0.0.1")).is_none());
        let _others = [gate.admit(address("10.0.0.2")).unwrap(), gate.admit(None).unwrap()];
        drop(held);
        assert!(gate.admit(address("10.0.0.1")).is_some());
        drop(gate.admit(address("10.0.0.1")));
        assert_eq!(gate.clients.lock().unwrap().len(), 1);
        assert_eq!(gate.door.read(), Connections { open: 2, accepted: 6, refused: 1 });
    }
}
