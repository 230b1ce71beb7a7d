use std::net::IpAddr;
use std::sync::Arc;

use super::{first_from, is_candidate};
use crate::backend::{Backend, BackendId};

/// How often the address is hashed anew before the list is searched in order.
const REHASHES: u64 = 8;

pub(super) fn pick<'a>(
    client: Option<IpAddr>,
    backends: &'a [Arc<Backend>],
    tried: &[BackendId],
) -> Option<&'a Arc<Backend>> {
    let key = client.map_or(0, key);
    let mut index = 0;
    for round in 0..REHASHES {
        // All backends count, not only the healthy ones: when one fails, only its own clients move, and they
        // spread over all the others.
        index = (mix(key.wrapping_add(round)) % backends.len() as u64) as usize;
        if is_candidate(&backends[index], tried) {
            return Some(&backends[index]);
        }
    }
    first_from(index, backends, tried)
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
