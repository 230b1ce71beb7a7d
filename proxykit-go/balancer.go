package proxykit

import "slices"

// Balancer says which backends a route has at first, and how it picks one for a request.
//
// The picking is the core's work, so that the balancers are those of this package, and no other type can be one.
type Balancer interface {
	// Kind is the name of the strategy.
	Kind() BalancerKind
	// GetBackends gives those that the balancer was made with. The present ones are [RouteManager.ListBackends]'s.
	GetBackends() []*Backend

	ofThisPackage()
}

// RoundRobin picks one backend after the other.
type RoundRobin struct{ balancer }

// LeastConnections picks the backend with the fewest requests in flight; equals take turns.
type LeastConnections struct{ balancer }

// LeastLoad picks the backend with the least load: its requests in flight, weighted with what [RouteManager.ReportLoad]
// says of it.
type LeastLoad struct{ balancer }

// IPHash picks the same backend for the same client address, as long as it is healthy.
type IPHash struct{ balancer }

// NewRoundRobin makes a balancer that picks one backend after the other.
func NewRoundRobin(backends []*Backend) *RoundRobin {
	return &RoundRobin{balancerOf(BalancerRoundRobin, backends)}
}

// NewLeastConnections makes a balancer that picks the backend with the fewest requests in flight.
func NewLeastConnections(backends []*Backend) *LeastConnections {
	return &LeastConnections{balancerOf(BalancerLeastConnections, backends)}
}

// NewLeastLoad makes a balancer that picks the backend with the least load.
func NewLeastLoad(backends []*Backend) *LeastLoad {
	return &LeastLoad{balancerOf(BalancerLeastLoad, backends)}
}

// NewIPHash makes a balancer that picks the same backend for the same client address.
func NewIPHash(backends []*Backend) *IPHash {
	return &IPHash{balancerOf(BalancerIPHash, backends)}
}

type balancer struct {
	kind     BalancerKind
	backends []*Backend
}

func balancerOf(kind BalancerKind, backends []*Backend) balancer {
	return balancer{kind, slices.Clone(backends)}
}

func newBalancer(kind BalancerKind, backends []*Backend) Balancer {
	switch kind {
	case BalancerLeastConnections:
		return NewLeastConnections(backends)
	case BalancerLeastLoad:
		return NewLeastLoad(backends)
	case BalancerIPHash:
		return NewIPHash(backends)
	default:
		return NewRoundRobin(backends)
	}
}

// Kind is the name of the strategy.
func (b *balancer) Kind() BalancerKind { return b.kind }

// GetBackends gives those that the balancer was made with.
func (b *balancer) GetBackends() []*Backend { return slices.Clone(b.backends) }

func (b *balancer) ofThisPackage() {}
