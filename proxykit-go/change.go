package proxykit

/*
#include "proxykit.h"
*/
import "C"

// AddBackends adds backends to a route and says how many are new; those that it has already are left as they are. The
// new ones are checked as the route says.
//
// Errors: [ErrInvalidPrefix], [ErrInvalidTarget], [ErrRouteNotFound], [ErrRouteIsHandler]. Nothing was changed then.
func (m *RouteManager) AddBackends(prefix string, targets []string) (added int, err error) {
	return m.addBackends(prefix, targets, nil)
}

// AddBackendsWith is [RouteManager.AddBackends] with a health check of their own for the new backends.
//
// Errors: as AddBackends, and [ErrInvalidOption].
func (m *RouteManager) AddBackendsWith(prefix string, targets []string, config HealthCheckConfig) (added int, err error) {
	return m.addBackends(prefix, targets, &config)
}

func (m *RouteManager) addBackends(prefix string, targets []string, config *HealthCheckConfig) (int, error) {
	if m.isHandled(prefix) {
		return 0, routeIsHandler(prefix)
	}
	var added C.size_t
	err := m.handle.call(func(c *call) C.pk_status {
		var check *C.pk_health_check
		if config != nil {
			check = config.native(c)
		}
		list, length := c.texts(targets)
		if c.refused != nil {
			return C.PK_OK
		}
		return C.pk_add_backends(c.manager, c.text(prefix), list, length, check, &added, &c.failure)
	})
	return int(added), err
}

// RemoveBackends removes backends from a route and says how many it had. Requests in flight finish.
//
// Errors: [ErrInvalidPrefix], [ErrInvalidTarget], [ErrRouteNotFound], [ErrRouteIsHandler]. Nothing was changed then.
func (m *RouteManager) RemoveBackends(prefix string, targets []string) (removed int, err error) {
	if m.isHandled(prefix) {
		return 0, routeIsHandler(prefix)
	}
	var count C.size_t
	err = m.handle.call(func(c *call) C.pk_status {
		list, length := c.texts(targets)
		return C.pk_remove_backends(c.manager, c.text(prefix), list, length, &count, &c.failure)
	})
	return int(count), err
}

func (m *RouteManager) addRoute(prefix string, targets []string, options RouteOptions) error {
	return m.handle.call(func(c *call) C.pk_status {
		native := options.native(c)
		list, length := c.texts(targets)
		if c.refused != nil {
			return C.PK_OK
		}
		return C.pk_add_route(c.manager, c.text(prefix), list, length, native, &c.failure)
	})
}

func (m *RouteManager) removeRoute(prefix string) error {
	return m.handle.call(func(c *call) C.pk_status {
		return C.pk_remove_route(c.manager, c.text(prefix), &c.failure)
	})
}

// ReportLoad says how loaded a backend is, for routes with [BalancerLeastLoad]: any figure from 0 up, in a unit of the
// program's own, which must be the same for all backends of a route. It stays until the next report; until the first it
// is 1. A backend with twice the load of another gets half as many requests at a time.
//
// Errors: [ErrInvalidPrefix], [ErrInvalidTarget], [ErrInvalidArgument], [ErrRouteNotFound], [ErrBackendNotFound].
func (m *RouteManager) ReportLoad(prefix, target string, load float64) error {
	return m.handle.call(func(c *call) C.pk_status {
		prefix, target := c.text(prefix), c.text(target)
		if c.refused != nil {
			return C.PK_OK
		}
		return C.pk_backend_report(c.manager, prefix, target, C.double(load), &c.failure)
	})
}
