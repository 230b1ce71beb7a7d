package proxykit

/*
#include "proxykit.h"
*/
import "C"

import "unsafe"

// Counters are what was counted since the beginning: of a backend since it was added, of a route the same, of the manager
// since it was made. None of them ever gets smaller.
type Counters struct {
	// Requests were answered: the sum of the four classes below, and of the answers that changed the protocol (101). Of a
	// backend those that it has answered itself; of a route and of the manager what clients were answered, also by the
	// proxy and by handlers.
	Requests uint64
	// Responses2xx are answers with a status from 200 to 299.
	Responses2xx uint64
	// Responses3xx are answers with a status from 300 to 399.
	Responses3xx uint64
	// Responses4xx are answers with a status from 400 to 499.
	Responses4xx uint64
	// Responses5xx are answers with a status from 500 up.
	Responses5xx uint64
	// ConnectFailures are attempts that found no connection: refused, too late, or without TLS.
	ConnectFailures uint64
	// Timeouts are attempts whose answer did not begin in time, and answers that stood still or took too long.
	Timeouts uint64
	// BrokenResponses are attempts whose connection ended before the answer, answers that are not HTTP, and answers that
	// broke off.
	BrokenResponses uint64
	// Retries are attempts for requests that had failed before, elsewhere or here.
	Retries uint64
}

// Connections are those of clients to the proxy.
type Connections struct {
	// Open are there now.
	Open uint64
	// Accepted were let in.
	Accepted uint64
	// Refused were closed at once, for connection_limit or client_connection_limit.
	Refused uint64
}

// Totals are what was counted in the manager as a whole.
type Totals struct {
	// Counters are of all routes, those that were removed among them, and of requests that no route took.
	Counters Counters
	// Connections are those of clients.
	Connections Connections
}

// Totals gives what was counted in all since the manager was made. Calls of the management API are not among it.
//
// Errors: [ErrStopped] after Close.
func (m *RouteManager) Totals() (Totals, error) {
	counters, connections := newCounters(), C.pk_connections{struct_size: C.size_t(unsafe.Sizeof(C.pk_connections{}))}
	err := m.handle.call(func(c *call) C.pk_status {
		return C.pk_get_totals(c.manager, &counters, &connections, &c.failure)
	})
	if err != nil {
		return Totals{}, err
	}
	return Totals{copyCounters(&counters), Connections{
		Open:     uint64(connections.open),
		Accepted: uint64(connections.accepted),
		Refused:  uint64(connections.refused),
	}}, nil
}

func newCounters() C.pk_counters {
	return C.pk_counters{struct_size: C.size_t(unsafe.Sizeof(C.pk_counters{}))}
}

func copyCounters(native *C.pk_counters) Counters {
	return Counters{
		Requests:        uint64(native.requests),
		Responses2xx:    uint64(native.responses_2xx),
		Responses3xx:    uint64(native.responses_3xx),
		Responses4xx:    uint64(native.responses_4xx),
		Responses5xx:    uint64(native.responses_5xx),
		ConnectFailures: uint64(native.connect_failures),
		Timeouts:        uint64(native.timeouts),
		BrokenResponses: uint64(native.broken_responses),
		Retries:         uint64(native.retries),
	}
}
