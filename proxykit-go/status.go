package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"slices"
	"unsafe"
)

// RouteStatus is a route as it was at the moment of asking.
type RouteStatus struct {
	// Prefix is the prefix in its normal form.
	Prefix string
	// Balancer says how a backend is picked.
	Balancer BalancerKind
	// Backends are its backends, in the order in which they were added. That of a handler is the program's own server.
	Backends []BackendStatus
	// Handler says whether the program answers its requests itself ([RouteManager.Handle]).
	Handler bool
	// Counters are what was counted since it was added, also at backends that it has no more.
	Counters Counters
}

// BackendStatus is a backend as it was at the moment of asking.
type BackendStatus struct {
	// Target is the target in its normal form.
	Target string
	// Healthy is what its checks say.
	Healthy bool
	// InFlight is how many requests and tunnels are in flight to it.
	InFlight int
	// Load is what was reported of its load: 1 until then.
	Load float64
	// Counters are what was counted since it was added.
	Counters Counters
}

// Routes lists all routes with their backends, in the order of their prefixes.
//
// Errors: [ErrStopped] after Close.
func (m *RouteManager) Routes() ([]RouteStatus, error) {
	var routes []RouteStatus
	err := m.handle.call(func(c *call) C.pk_status {
		var list *C.pk_routes
		status := C.pk_list_routes(c.manager, &list, &c.failure)
		if status != C.PK_OK {
			return status
		}
		defer C.pk_routes_free(list)
		routes = make([]RouteStatus, int(C.pk_routes_len(list)))
		for index := range routes {
			if status = copyRoute(c, list, index, &routes[index]); status != C.PK_OK {
				return status
			}
		}
		return C.PK_OK
	})
	for index := range routes {
		slot := m.host.find(routes[index].Prefix)
		routes[index].Handler = slot != nil && slices.ContainsFunc(routes[index].Backends, func(backend BackendStatus) bool {
			return backend.Target == slot.target()
		})
	}
	return routes, err
}

// ListBackends lists the backends of a route, in the order in which they were added.
//
// Errors: [ErrInvalidPrefix], [ErrRouteNotFound].
func (m *RouteManager) ListBackends(prefix string) ([]BackendStatus, error) {
	var backends []BackendStatus
	err := m.handle.call(func(c *call) C.pk_status {
		var list *C.pk_backends
		status := C.pk_list_backends(c.manager, c.text(prefix), &list, &c.failure)
		if status != C.PK_OK {
			return status
		}
		defer C.pk_backends_free(list)
		return copyBackends(c, list, &backends)
	})
	return backends, err
}

// GetBackend shows one backend of a route.
//
// Errors: [ErrInvalidPrefix], [ErrInvalidTarget], [ErrRouteNotFound], [ErrBackendNotFound].
func (m *RouteManager) GetBackend(prefix, target string) (BackendStatus, error) {
	var backends []BackendStatus
	err := m.handle.call(func(c *call) C.pk_status {
		var list *C.pk_backends
		status := C.pk_get_backend(c.manager, c.text(prefix), c.text(target), &list, &c.failure)
		if status != C.PK_OK {
			return status
		}
		defer C.pk_backends_free(list)
		return copyBackends(c, list, &backends)
	})
	if err != nil {
		return BackendStatus{}, err
	}
	return backends[0], nil
}

func copyRoute(c *call, list *C.pk_routes, index int, route *RouteStatus) C.pk_status {
	native := C.pk_route{struct_size: C.size_t(unsafe.Sizeof(C.pk_route{}))}
	if status := C.pk_routes_get(list, C.size_t(index), &native, &c.failure); status != C.PK_OK {
		return status
	}
	route.Prefix = C.GoString(native.prefix)
	for kind, number := range balancerNumbers {
		if number == native.balancer {
			route.Balancer = kind
		}
	}
	counters := newCounters()
	if status := C.pk_routes_counters(list, C.size_t(index), &counters, &c.failure); status != C.PK_OK {
		return status
	}
	route.Counters = copyCounters(&counters)
	return copyBackends(c, native.backends, &route.Backends)
}

func copyBackends(c *call, list *C.pk_backends, backends *[]BackendStatus) C.pk_status {
	*backends = make([]BackendStatus, int(C.pk_backends_len(list)))
	for index := range *backends {
		native := C.pk_backend{struct_size: C.size_t(unsafe.Sizeof(C.pk_backend{}))}
		if status := C.pk_backends_get(list, C.size_t(index), &native, &c.failure); status != C.PK_OK {
			return status
		}
		counters := newCounters()
		if status := C.pk_backends_counters(list, C.size_t(index), &counters, &c.failure); status != C.PK_OK {
			return status
		}
		(*backends)[index] = BackendStatus{
			Target:   C.GoString(native.target),
			Healthy:  bool(native.healthy),
			InFlight: int(native.in_flight),
			Load:     float64(native.load),
			Counters: copyCounters(&counters),
		}
	}
	return C.PK_OK
}
