use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::backend::{Capacity, InFlight};
use crate::counters::Tally;

fn backends(count: u64) -> Backends {
    limited(count, None)
}

fn limited(count: u64, capacity: Option<Capacity>) -> Backends {
    let mut backends = Backends::default();
    (0..count).for_each(|id| add(&mut backends, id, capacity.clone()));
    backends
}

fn add(backends: &mut Backends, id: u64, capacity: Option<Capacity>) {
    let (place, target) = (backends.take_place(), format!("http://b{id}").parse().unwrap());
    backends.insert(Backend::new(place, BackendId(id), target, None, None, capacity, Tally::default()));
}

fn at(backends: &Backends, index: usize) -> &Arc<Backend> {
    backends.in_order()[index]
}

fn pick(balancer: &Balancer, backends: &Backends) -> u64 {
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
    for kind in [BalancerKind::RoundRobin, BalancerKind::LeastConnections, BalancerKind::LeastLoad] {
        let (balancer, backends) = (Balancer::new(kind), backends(3));
        at(&backends, 1).set_healthy(false);
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
    let busy: Vec<_> = [0, 0, 1].map(|index: usize| InFlight::begin(at(&backends, index)).unwrap()).into();
    assert_eq!(pick(&balancer, &backends), 2);
    let more: Vec<_> = [2, 2].map(|index: usize| InFlight::begin(at(&backends, index)).unwrap()).into();
    assert_eq!(pick(&balancer, &backends), 1);
    drop((busy, more));
    assert_eq!(backends.iter().map(|backend| backend.live().in_flight()).sum::<usize>(), 0);
}

#[test]
fn least_load_follows_what_is_reported() {
    let (balancer, backends) = (Balancer::new(BalancerKind::LeastLoad), backends(3));
    // Until a report all are alike, and take turns.
    let picks: Vec<_> = (0..6).map(|_| pick(&balancer, &backends)).collect();
    assert_eq!(picks, [0, 1, 2, 0, 1, 2]);
    for (index, load) in [(0, 2.0), (1, 1.0), (2, 4.0)] {
        at(&backends, index).live().report_load(load).unwrap();
    }
    let held: Vec<_> =
        (0..70).map(|_| InFlight::begin(balancer.pick(&backends, None, &[]).unwrap()).unwrap()).collect();
    // Shares are as the loads' inverses: 2 to 4 to 1.
    let counts: Vec<_> = (0..3).map(|index| at(&backends, index).live().in_flight()).collect();
    assert_eq!(counts, [20, 40, 10]);
    drop(held);
    for load in [-1.0, f64::NAN, f64::INFINITY] {
        let error = at(&backends, 0).live().report_load(load).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid load {load}: it must be a number from 0 up"));
    }
    assert_eq!(at(&backends, 0).live().load(), 2.0);
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
        kind in 0u32..4, health in prop::collection::vec(any::<bool>(), 0..200),
        tried in prop::collection::vec(0u64..200, 0..4), client in any::<u32>(), start in any::<usize>(),
    ) {
        let balancer = Balancer { kind: BalancerKind::from_number(kind).unwrap(), turn: AtomicUsize::new(start) };
        let backends = backends(health.len() as u64);
        for (backend, healthy) in backends.in_order().into_iter().zip(&health) {
            backend.set_healthy(*healthy);
        }
        let tried: Vec<_> = tried.into_iter().map(BackendId).collect();
        let candidates = backends.iter().filter(|backend| is_candidate(backend, &tried)).count();
        match balancer.pick(&backends, address(client), &tried) {
            Some(backend) => prop_assert!(is_candidate(backend, &tried)),
            None => prop_assert_eq!(candidates, 0),
        }
    }

    /// Round robin against the plainest thing that could be right: a walk along the list.
    #[test]
    fn round_robin_agrees_with_a_walk(steps in prop::collection::vec((0usize..150, any::<bool>()), 0..200), count in 1u64..150) {
        let (balancer, backends) = (Balancer::new(BalancerKind::RoundRobin), backends(count));
        let mut turn = 0;
        for (index, healthy) in steps {
            at(&backends, index % backends.len()).set_healthy(healthy);
            let expected = (0..backends.len())
                .map(|step| (turn + step) % backends.len())
                .find(|index| at(&backends, *index).live().is_healthy());
            let picked = balancer.pick(&backends, None, &[]).map(|backend| backend.id().0 as usize);
            prop_assert_eq!(picked, expected);
            turn = expected.map_or(turn, |index| index + 1);
        }
    }

    #[test]
    fn least_connections_is_exact_for_few_backends(load in prop::collection::vec((0usize..4, any::<bool>()), 1..=32), start in any::<usize>()) {
        let balancer = Balancer { kind: BalancerKind::LeastConnections, turn: AtomicUsize::new(start) };
        let backends = backends(load.len() as u64);
        let mut held = Vec::new();
        for (backend, (in_flight, healthy)) in backends.in_order().into_iter().zip(&load) {
            backend.set_healthy(*healthy);
            held.extend((0..*in_flight).map(|_| InFlight::begin(backend).unwrap()));
        }
        let least = load.iter().filter(|(_, healthy)| *healthy).map(|(in_flight, _)| *in_flight).min();
        let picked = balancer.pick(&backends, None, &[]).map(|backend| backend.live().in_flight());
        prop_assert_eq!(picked, least);
    }

    #[test]
    fn only_the_clients_of_a_failed_backend_move(count in 2u64..8, failed in 0usize..8, clients in prop::collection::vec(any::<u32>(), 1..50)) {
        let (balancer, backends) = (Balancer::new(BalancerKind::IpHash), backends(count));
        let failed = failed % backends.len();
        let before: Vec<_> = clients.iter().map(|client| balancer.pick(&backends, address(*client), &[]).unwrap().id()).collect();
        at(&backends, failed).set_healthy(false);
        for (client, before) in clients.iter().zip(before) {
            let after = balancer.pick(&backends, address(*client), &[]).unwrap().id();
            prop_assert!(after != at(&backends, failed).id());
            prop_assert!(before == after || before == at(&backends, failed).id());
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

#[test]
fn full_backends_are_passed_over() {
    let capacity = Capacity { limit: 2, queue: Arc::default() };
    for kind in BalancerKind::ALL {
        let (balancer, backends) = (Balancer::new(*kind), limited(200, Some(capacity.clone())));
        let begin =
            |client| InFlight::begin(balancer.pick(&backends, address(client), &[]).unwrap()).unwrap();
        let mut held: Vec<_> = (0..400).map(begin).collect();
        assert!(backends.iter().all(|backend| backend.live().in_flight() == 2), "{kind}");
        assert!(balancer.pick(&backends, address(0), &[]).is_none(), "{kind}");
        let free = held.swap_remove(77).backend().id();
        assert_eq!(balancer.pick(&backends, address(0), &[]).unwrap().id(), free, "{kind}");
    }
}

#[test]
fn one_healthy_backend_among_many_is_found() {
    for kind in BalancerKind::ALL {
        let (balancer, backends) = (Balancer::new(*kind), backends(10_000));
        backends.iter().for_each(|backend| backend.set_healthy(false));
        assert!(balancer.pick(&backends, address(7), &[]).is_none(), "{kind}");
        for index in [0, 63, 64, 5000, 9999] {
            at(&backends, index).set_healthy(true);
            assert_eq!(balancer.pick(&backends, address(7), &[]).unwrap().id().0, index as u64, "{kind}");
            assert!(balancer.pick(&backends, address(7), &[BackendId(index as u64)]).is_none(), "{kind}");
            at(&backends, index).set_healthy(false);
        }
    }
}

#[test]
fn least_connections_keeps_many_backends_level() {
    let (balancer, backends) = (Balancer::new(BalancerKind::LeastConnections), backends(1000));
    let mut random = fastrand::Rng::with_seed(1);
    let mut held = std::collections::VecDeque::new();
    for _ in 0..20_000 {
        held.push_back(InFlight::begin(balancer.pick(&backends, None, &[]).unwrap()).unwrap());
        // Ten for each backend, which end in no order.
        if held.len() > 10_000 {
            held.swap_remove_back(random.usize(..held.len()));
        }
    }
    let counts: Vec<_> = backends.iter().map(|backend| backend.live().in_flight()).collect();
    assert!(counts.iter().all(|count| (8..=12).contains(count)), "{counts:?}");
}

#[test]
fn new_backends_get_the_requests_until_they_are_level() {
    let balancer = Balancer::new(BalancerKind::LeastConnections);
    let mut backends = backends(1000);
    let mut held: Vec<_> = backends.iter().map(|backend| InFlight::begin(backend).unwrap()).collect();
    (1000..1100).for_each(|id| add(&mut backends, id, None));
    let mut new = 0;
    for _ in 0..100 {
        let backend = balancer.pick(&backends, None, &[]).unwrap();
        new += usize::from(backend.id().0 >= 1000);
        held.push(InFlight::begin(backend).unwrap());
    }
    assert!(new > 60, "{new}");
}
