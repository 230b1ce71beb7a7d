package proxykit

import (
	"net/url"
	"strings"
	"sync/atomic"
)

// Backend is one target of a route.
//
// What it tells about itself is asked of the route that it was added with last. Before that, nothing has checked it.
type Backend struct {
	// URL is the target. Changing it changes nothing.
	URL *url.URL

	prefix string
	target string

	// The manager of its route; nil before that.
	manager atomic.Pointer[RouteManager]
	// How it is checked; nil for not at all. Guarded by checks.
	check *HealthCheckConfig
}

// ParseBackends reads the targets of the backends that a route with this prefix shall have.
//
// Errors: [ErrInvalidPrefix], [ErrInvalidTarget] for the first target that is wrong.
func ParseBackends(prefixPath string, targets []string) ([]*Backend, error) {
	prefix, err := parsePrefix(prefixPath)
	if err != nil {
		return nil, err
	}
	backends := make([]*Backend, len(targets))
	for index, text := range targets {
		target, err := parseTarget(text)
		if err != nil {
			return nil, err
		}
		location, err := targetURL(target)
		if err != nil {
			return nil, err
		}
		backends[index] = &Backend{URL: location, prefix: prefix, target: target}
	}
	return backends, nil
}

// Target is the target in its normal form, by which the core names the backend.
func (b *Backend) Target() string {
	return b.target
}

// IsHealthy reports whether requests may be sent to it: what its checks say, and true while nothing checks it. It is
// false once its route does not have it any more, or the manager was closed.
func (b *Backend) IsHealthy() bool {
	status, asked := b.status()
	return !asked || status.Healthy
}

// GetActiveConns is how many requests and tunnels are in flight to it.
func (b *Backend) GetActiveConns() int64 {
	status, _ := b.status()
	return int64(status.InFlight)
}

// status asks the core; what it does not know has the zero status.
func (b *Backend) status() (status BackendStatus, asked bool) {
	manager := b.manager.Load()
	if manager == nil {
		return BackendStatus{}, false
	}
	status, err := manager.GetBackend(b.prefix, b.target)
	if err != nil {
		return BackendStatus{}, true
	}
	return status, true
}

func targetURL(target string) (*url.URL, error) {
	if path, found := strings.CutPrefix(target, "unix:"); found {
		return &url.URL{Scheme: "unix", Path: path, OmitHost: true}, nil
	}
	location, err := url.Parse(target)
	if err != nil {
		return nil, invalidTarget(target, err)
	}
	return location, nil
}
