use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::backend::InFlight;

fn backends(count: u64) -> Vec<Arc<Backend>> {
    (0..count)
        .map(|id| Backend::new(BackendId(id), format!("http://b{id}").parse().unwrap(), None, None, None))
        .collect()
}

fn pick(balancer: &Balancer, backends: &[Arc<Backend>]) -> u64 {
    balancer.pick(backends, None, &[]).unwrap().id().0
}

fn address(number: u32) -> Option<IpAddr> {
    Some(IpAddr::V4(number.into()))
}

#[test]
fn round_robin_takes_turns() {
    let (balancer, backends) = (Balancer::new(BalancerKind::RoundRobin), backends(3));
    let picks: Vec<_> = (0..6).map(|_| pick(&balancer, &backends)).collect();
    assert_eq!(picks, [0, 1, 2, 0, 1, 2]);
}

#[test]
fn an_unhealthy_backend_leaves_equal_shares() {
    for kind in [BalancerKind::RoundRobin, BalancerKind::LeastConnections] {
        let (balancer, backends) = (Balancer::new(kind), backends(3));
        backends[1].set_healthy(false);
        let mut shares = HashMap::new();
        for _ in 0..100 {
            *shares.entry(pick(&balancer, &backends)).or_insert(0) += 1;
        }
        assert_eq!(shares, HashMap::from([(0, 50), (2, 50)]), "{kind}");
    }
}

#[test]
fn least_connections_takes_the_idlest() {
    let (balancer, backends) = (Balancer::new(BalancerKind::LeastConnections), backends(3));
    let busy: Vec<_> = [0, 0, 1].map(|index: usize| InFlight::begin(&backends[index]).unwrap()).into();
    assert_eq!(pick(&balancer, &backends), 2);
    let more: Vec<_> = [2, 2].map(|index: usize| InFlight::begin(&backends[index]).unwrap()).into();
    assert_eq!(pick(&balancer, &backends), 1);
    drop((busy, more));
    assert_eq!(backends.iter().map(|backend| backend.live().in_flight()).sum::<usize>(), 0);
}

#[test]
fn ip_hash_spreads_clients() {
    let (balancer, backends) = (Balancer::new(BalancerKind::IpHash), backends(4));
    let mut shares = [0; 4];
    for client in 0..4000 {
        shares[balancer.pick(&backends, address(client), &[]).unwrap().id().0 as usize] += 1;
    }
    assert!(shares.iter().all(|share| (850..1150).contains(share)), "{shares:?}");
}

proptest! {
    #[test]
    fn a_pick_is_healthy_and_untried(
        kind in 0u32..3, health in prop::collection::vec(any::<bool>(), 0..8),
        tried in prop::collection::vec(0u64..8, 0..4), client in any::<u32>(), start in any::<usize>(),
    ) {
        let balancer = Balancer { kind: BalancerKind::from_number(kind).unwrap(), turn: AtomicUsize::new(start) };
        let backends = backends(health.len() as u64);
        for (backend, healthy) in backends.iter().zip(&health) {
            backend.set_healthy(*healthy);
        }
        let tried: Vec<_> = tried.into_iter().map(BackendId).collect();
        let candidates = backends.iter().filter(|backend| is_candidate(backend, &tried)).count();
        match balancer.pick(&backends, address(client), &tried) {
            Some(backend) => prop_assert!(is_candidate(backend, &tried)),
            None => prop_assert_eq!(candidates, 0),
        }
    }

    #[test]
    fn only_the_clients_of_a_failed_backend_move(count in 2u64..8, failed in 0usize..8, clients in prop::collection::vec(any::<u32>(), 1..50)) {
        let (balancer, backends) = (Balancer::new(BalancerKind::IpHash), backends(count));
        let failed = failed % backends.len();
        let before: Vec<_> = clients.iter().map(|client| balancer.pick(&backends, address(*client), &[]).unwrap().id()).collect();
        backends[failed].set_healthy(false);
        for (client, before) in clients.iter().zip(before) {
            let after = balancer.pick(&backends, address(*client), &[]).unwrap().id();
            prop_assert!(after != backends[failed].id());
            prop_assert!(before == after || before == backends[failed].id());
        }
    }

    #[test]
    fn an_address_and_its_mapped_form_are_one_client(bits in any::<u32>()) {
        let (balancer, backends) = (Balancer::new(BalancerKind::IpHash), backends(7));
        let mapped = std::net::Ipv4Addr::from_bits(bits).to_ipv6_mapped();
        let plain = balancer.pick(&backends, address(bits), &[]).unwrap().id();
        prop_assert_eq!(balancer.pick(&backends, Some(mapped.into()), &[]).unwrap().id(), plain);
    }
}
