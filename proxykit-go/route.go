package proxykit

import "errors"

// Route is a path prefix with its backends.
type Route struct {
	// PrefixPath is the prefix in its normal form: /x/. Changing it changes nothing.
	PrefixPath string
	// Balancer is what the route was added with.
	Balancer Balancer
	// Proxy is a handler that passes requests on to this route's backends, for servers of the program's own.
	Proxy *Proxy
}

// AddRoute adds a route for the paths that begin with prefixPath, with the balancer's backends. They are checked if
// [StartHealthChecks] was called for them.
//
// Errors: [ErrInvalidPrefix], [ErrRouteExists]; [ErrInvalidOption] if the health check is wrong; [ErrInvalidArgument]
// if there is no balancer, the backends were parsed for another prefix, or they are not all checked in the same way.
// Nothing was changed then.
func (m *RouteManager) AddRoute(prefixPath string, balancer Balancer) (*Route, error) {
	prefix, err := parsePrefix(prefixPath)
	if err != nil {
		return nil, err
	}
	if balancer == nil {
		return nil, invalidArgument("the route %q has no balancer", prefix)
	}
	backends := balancer.GetBackends()
	targets, err := targetsFor(prefix, backends)
	if err != nil {
		return nil, err
	}
	checks.Lock()
	defer checks.Unlock()
	check, err := commonCheck(prefix, backends)
	if err != nil {
		return nil, err
	}
	options := RouteOptions{Balancer: balancer.Kind(), HealthCheck: Off}
	if check != nil {
		options = check.over(options)
	}
	if err := m.addRoute(prefix, targets, options); err != nil {
		return nil, err
	}
	return m.keepRoute(prefix, balancer), nil
}

// AddRouteWith adds a route for the paths that begin with prefix, with its first backends, which may be none.
//
// Errors: [ErrInvalidPrefix], [ErrInvalidTarget], [ErrInvalidOption], [ErrRouteExists]. Nothing was changed then.
func (m *RouteManager) AddRouteWith(prefix string, targets []string, options RouteOptions) (*Route, error) {
	backends, err := ParseBackends(prefix, targets)
	if err != nil {
		return nil, err
	}
	if prefix, err = parsePrefix(prefix); err != nil {
		return nil, err
	}
	if err := m.addRoute(prefix, targets, options); err != nil {
		return nil, err
	}
	return m.keepRoute(prefix, newBalancer(options.Balancer, backends)), nil
}

// GetRoute gives the route with this prefix, if there is one that was added with a balancer or with targets.
func (m *RouteManager) GetRoute(prefixPath string) (*Route, bool) {
	prefix, err := parsePrefix(prefixPath)
	if err != nil {
		return nil, false
	}
	if _, err := m.ListBackends(prefix); err != nil {
		return nil, false
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	route, found := m.routes[prefix]
	return route, found
}

// RemoveRoute removes a route. Requests in flight finish; later ones find no route.
//
// Errors: [ErrInvalidPrefix], [ErrRouteNotFound].
func (m *RouteManager) RemoveRoute(prefix string) error {
	prefix, err := parsePrefix(prefix)
	if err != nil {
		return err
	}
	m.starting.Lock()
	err = m.removeHandledRoute(prefix)
	m.starting.Unlock()
	if err != nil {
		return err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.routes, prefix)
	return nil
}

// removeHandledRoute removes a route, and its handler if it has one. The caller holds the lock of starting.
func (m *RouteManager) removeHandledRoute(prefix string) error {
	err := m.removeRoute(prefix)
	if slot := m.host.find(prefix); slot != nil && (err == nil || errors.Is(err, ErrRouteNotFound)) {
		slot.handled.Store(nil)
	}
	return err
}

// keepRoute makes the route that the core has now, and remembers it for GetRoute.
func (m *RouteManager) keepRoute(prefix string, balancer Balancer) *Route {
	for _, backend := range balancer.GetBackends() {
		backend.manager.Store(m)
	}
	route := &Route{PrefixPath: prefix, Balancer: balancer, Proxy: newProxy(m, prefix)}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.routes[prefix] = route
	return route
}

// targetsFor gives the targets of backends that were parsed for this prefix.
func targetsFor(prefix string, backends []*Backend) ([]string, error) {
	targets := make([]string, len(backends))
	for index, backend := range backends {
		if backend == nil {
			return nil, invalidArgument("a backend of the route %q is nil", prefix)
		}
		if backend.prefix != prefix {
			return nil, invalidArgument("the backend %q was parsed for the prefix %q, not for %q",
				backend.target, backend.prefix, prefix)
		}
		targets[index] = backend.target
	}
	return targets, nil
}
