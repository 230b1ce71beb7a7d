package proxykit

import "sync"

// checks keeps StartHealthChecks and AddRoute apart, so that no check gets lost between them. Backends may come
// together in any way, so that a lock for each could not be taken in an order.
var checks sync.Mutex

// StartHealthChecks has backends checked, by opening TCP connections to them. An unhealthy backend gets no requests,
// and comes back when it recovers. Without this call backends are not checked, and stay healthy.
//
// It belongs before [RouteManager.AddRoute]: the checks begin when the manager starts, and backends that are added to
// the route later are checked in the same way. AddRoute also reports what is wrong with the config.
//
// A backend that has a route already is taken out of it and put back with the check, one backend after the other: its
// requests in flight finish, and a route with no other backend answers 503 for an instant.
//
// Errors: [ErrInvalidArgument] for a nil backend; for those that have a route already, [ErrInvalidOption],
// [ErrRouteNotFound] and [ErrStopped].
func StartHealthChecks(backends []*Backend, config HealthCheckConfig) error {
	checks.Lock()
	defer checks.Unlock()
	for _, backend := range backends {
		if backend == nil {
			return invalidArgument("a backend is nil")
		}
		backend.check = &config
		if manager := backend.manager.Load(); manager != nil {
			if err := backend.renew(manager); err != nil {
				return err
			}
		}
	}
	return nil
}

// renew puts the check into force in the backend's route.
func (b *Backend) renew(manager *RouteManager) error {
	// With no target it only looks whether the route is there and the check is right, before anything is changed.
	if _, err := manager.AddBackendsWith(b.prefix, nil, *b.check); err != nil {
		return err
	}
	removed, err := manager.RemoveBackends(b.prefix, []string{b.target})
	if err != nil || removed == 0 {
		// A backend that somebody took out must not come back by this way.
		return err
	}
	_, err = manager.AddBackendsWith(b.prefix, []string{b.target}, *b.check)
	return err
}

// commonCheck gives the check that all backends of a route have; nil for none.
func commonCheck(prefix string, backends []*Backend) (*HealthCheckConfig, error) {
	for _, backend := range backends {
		first := backends[0].check
		if (backend.check == nil) != (first == nil) || (first != nil && *backend.check != *first) {
			return nil, invalidArgument("the backends of the route %q are not all checked in the same way", prefix)
		}
	}
	if len(backends) == 0 {
		return nil, nil
	}
	return backends[0].check, nil
}
