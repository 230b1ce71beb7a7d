use std::net::IpAddr;
use std::sync::Arc;

use super::is_candidate;
use crate::backend::{Backend, BackendId, Backends};

/// How often the address is hashed anew before the places are searched in order. With this many, each healthy backend gets
/// its fair share of the clients of the others until nine of ten are down.
const REHASHES: u64 = 32;

pub(super) fn pick<'a>(
    client: Option<IpAddr>,
    backends: &'a Backends,
    tried: &[BackendId],
) -> Option<&'a Arc<Backend>> {
    let (key, places) = (client.map_or(0, key), backends.places());
    let mut place = 0;
    for round in 0..REHASHES {
        // All places count, not only those of the healthy: when a backend fails, only its own clients move, and they
        // spread over all the others.
        place = (mix(key.wrapping_add(round)) % places as u64) as usize;
        let at_place = backends.ready(place, 1).next();
        if let Some((_, backend)) = at_place.filter(|(_, backend)| is_candidate(backend, tried)) {
            return Some(backend);
        }
    }
    let mut ready = backends.ready(place, places);
    ready.find(|(_, backend)| is_candidate(backend, tried)).map(|(_, backend)| backend)
}

/// The same number for an address on every machine, and for its IPv4-mapped form (`::ffff:192.0.2.1`).
fn key(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => mix(u64::from(address.to_bits())),
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            mix((bits >> 64) as u64 ^ mix(bits as u64))
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input changes half of the output's.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
