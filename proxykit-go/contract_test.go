package proxykit_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"proxykit"
)

// Each call that must fail, with what its message must name.
func TestBadInputIsAnErrorAndChangesNothing(t *testing.T) {
	manager := newManager(t)
	addRoute(t, manager, "/x/", "http://h")
	foreign, err := proxykit.ParseBackends("/z/", []string{"http://h"})
	must(t, err)
	mixed, err := proxykit.ParseBackends("/m/", []string{"http://h", "http://i"})
	must(t, err)
	must(t, proxykit.StartHealthChecks(mixed[:1], proxykit.HealthCheckConfig{}))
	wrongCheck, err := proxykit.ParseBackends("/w/", []string{"http://h"})
	must(t, err)
	must(t, proxykit.StartHealthChecks(wrongCheck, proxykit.HealthCheckConfig{Timeout: -time.Second}))

	route := func(options proxykit.RouteOptions) error {
		_, err := manager.AddRouteWith("/y", nil, options)
		return err
	}
	balanced := func(prefix string, backends []*proxykit.Backend) error {
		_, err := manager.AddRoute(prefix, proxykit.NewIPHash(backends))
		return err
	}
	second := func(_ any, err error) error { return err }
	for _, test := range []struct {
		err, is error
		names   string
	}{
		{second(proxykit.ParseBackends("", nil)), proxykit.ErrInvalidPrefix, `""`},
		{second(proxykit.ParseBackends("/x", []string{"ftp://h"})), proxykit.ErrInvalidTarget, `"ftp://h"`},
		{second(proxykit.ParseBackends("/x", []string{"http://h/%zz"})), proxykit.ErrInvalidTarget, "%zz"},
		{second(manager.AddRoute("/y", nil)), proxykit.ErrInvalidArgument, `"/y/"`},
		{balanced("/y y", nil), proxykit.ErrInvalidPrefix, `"/y y"`},
		{balanced("/x", nil), proxykit.ErrRouteExists, `"/x/"`},
		{balanced("/y", foreign), proxykit.ErrInvalidArgument, `"/z/"`},
		{balanced("/y", []*proxykit.Backend{nil}), proxykit.ErrInvalidArgument, "nil"},
		{balanced("/m", mixed), proxykit.ErrInvalidArgument, `"/m/"`},
		{balanced("/w", wrongCheck), proxykit.ErrInvalidOption, "health_timeout"},
		{proxykit.StartHealthChecks([]*proxykit.Backend{nil}, proxykit.HealthCheckConfig{}), proxykit.ErrInvalidArgument, "nil"},
		{second(manager.AddRouteWith("/y", []string{"h"}, proxykit.RouteOptions{})), proxykit.ErrInvalidTarget, `"h"`},
		{second(manager.AddRouteWith("/y\x00y", nil, proxykit.RouteOptions{})), proxykit.ErrInvalidArgument, `"/y\x00y"`},
		{second(manager.AddRouteWith("/y\xff", nil, proxykit.RouteOptions{})), proxykit.ErrInvalidUTF8, ""},
		{route(proxykit.RouteOptions{Balancer: "fastest"}), proxykit.ErrInvalidOption, `"fastest"`},
		{route(proxykit.RouteOptions{HostHeader: "both"}), proxykit.ErrInvalidOption, `"both"`},
		{route(proxykit.RouteOptions{StripPrefix: 7}), proxykit.ErrInvalidOption, "strip_prefix 7"},
		{route(proxykit.RouteOptions{HealthCheck: -1}), proxykit.ErrInvalidOption, "health_check -1"},
		{route(proxykit.RouteOptions{HealthInterval: time.Microsecond}), proxykit.ErrInvalidOption, "health_interval 1µs"},
		{route(proxykit.RouteOptions{HealthTimeout: math.MaxInt64}), proxykit.ErrInvalidOption, "health_timeout"},
		{route(proxykit.RouteOptions{HealthRise: -1}), proxykit.ErrInvalidOption, "health_rise -1"},
		{route(proxykit.RouteOptions{HealthFall: math.MaxInt}), proxykit.ErrInvalidOption, "health_fall"},
		{route(proxykit.RouteOptions{HealthJitter: math.NaN()}), proxykit.ErrInvalidOption, "health_jitter"},
		{route(proxykit.RouteOptions{ConnectTimeout: -1}), proxykit.ErrInvalidOption, "connect_timeout -1ns"},
		{route(proxykit.RouteOptions{ResponseHeadTimeout: -1}), proxykit.ErrInvalidOption, "response_head_timeout"},
		{second(manager.AddBackends("/y", nil)), proxykit.ErrRouteNotFound, `"/y/"`},
		{second(manager.AddBackends("/x", []string{"http://new", "h\x00"})), proxykit.ErrInvalidArgument, `"h\x00"`},
		{second(manager.AddBackendsWith("/x", []string{"http://new"}, proxykit.HealthCheckConfig{Rise: -1})),
			proxykit.ErrInvalidOption, "health_rise"},
		{second(manager.RemoveBackends("/x", []string{"http://h", "h"})), proxykit.ErrInvalidTarget, `"h"`},
		{second(manager.ListBackends("/y")), proxykit.ErrRouteNotFound, `"/y/"`},
		{second(manager.GetBackend("/x", "http://new")), proxykit.ErrBackendNotFound, `"http://new"`},
		{manager.RemoveRoute("/y"), proxykit.ErrRouteNotFound, `"/y/"`},
		{manager.Start("8080"), proxykit.ErrInvalidAddress, `"8080"`},
		{manager.Start("localhost:0\x00"), proxykit.ErrInvalidArgument, "NUL"},
		{manager.StartWith("", nil), proxykit.ErrInvalidAddress, `""`},
		{second(proxykit.NewManager(proxykit.Options{Workers: -1})), proxykit.ErrInvalidOption, "workers"},
		{second(proxykit.NewManager(proxykit.Options{Management: "on"})), proxykit.ErrInvalidOption, `"on"`},
		{second(proxykit.NewManager(proxykit.Options{ManagementToken: "a\x00"})), proxykit.ErrInvalidArgument, "NUL"},
		{second(proxykit.NewManager(proxykit.Options{ManagementHosts: []string{"a/b"}})), proxykit.ErrInvalidOption, `"a/b"`},
		{second(proxykit.NewManager(proxykit.Options{TrustedProxies: []string{"ten"}})), proxykit.ErrInvalidOption, `"ten"`},
	} {
		if !errors.Is(test.err, test.is) {
			t.Errorf("%v should be %q", test.err, test.is.(*proxykit.Error).Name)
		} else if !strings.Contains(test.err.Error(), test.names) {
			t.Errorf("%q should name %s", test.err, test.names)
		}
	}
	routes, err := manager.Routes()
	must(t, err)
	if len(routes) != 1 || len(routes[0].Backends) != 1 || routes[0].Backends[0].Target != "http://h" {
		t.Errorf("the routes are %+v, and should be as before", routes)
	}
}

func TestRoutesAndBackendsAreListed(t *testing.T) {
	manager := newManager(t)
	backends, err := proxykit.ParseBackends("b", []string{"HTTP://H:80/base/", "unix:/run/100%.sock"})
	must(t, err)
	expect(t, "the target", backends[0].Target(), "http://h/base")
	expect(t, "the URL", backends[0].URL.String(), "http://h/base")
	expect(t, "the path of the socket", backends[1].URL.Path, "/run/100%.sock")

	added, err := manager.AddRoute("/b", proxykit.NewLeastConnections(backends))
	must(t, err)
	expect(t, "the prefix", added.PrefixPath, "/b/")
	_, err = manager.AddRouteWith("/a", nil, proxykit.RouteOptions{Balancer: proxykit.BalancerIPHash})
	must(t, err)

	routes, err := manager.Routes()
	must(t, err)
	expect(t, "the number of routes", len(routes), 2)
	expect(t, "the first prefix", routes[0].Prefix, "/a/")
	expect(t, "its balancer", routes[0].Balancer, proxykit.BalancerIPHash)
	expect(t, "the second's balancer", routes[1].Balancer, proxykit.BalancerLeastConnections)
	expect(t, "its second backend", routes[1].Backends[1], proxykit.BackendStatus{Target: "unix:/run/100%.sock", Healthy: true, Load: 1})

	found, ok := manager.GetRoute("b")
	if !ok || found != added {
		t.Errorf("the route found is %v, and should be the one added", found)
	}
	expect(t, "its balancer", found.Balancer.Kind(), proxykit.BalancerLeastConnections)
	expect(t, "its balancer's second backend", found.Balancer.GetBackends()[1], backends[1])
	must(t, manager.RemoveRoute("/b"))
	if _, ok := manager.GetRoute("/b"); ok {
		t.Error("a route that was removed is found")
	}
	if _, ok := manager.GetRoute("//"); ok {
		t.Error("a route without a prefix is found")
	}
}

func TestBackendsComeAndGo(t *testing.T) {
	manager := newManager(t)
	backend := addRoute(t, manager, "/x", "http://a").Balancer.GetBackends()[0]
	count, err := manager.AddBackends("/x", []string{"http://a", "http://b", "http://b:80/"})
	must(t, err)
	expect(t, "the number of new backends", count, 1)
	count, err = manager.AddBackendsWith("/x", []string{"http://c"}, proxykit.HealthCheckConfig{Interval: time.Hour})
	must(t, err)
	expect(t, "the number of new backends", count, 1)
	if !backend.IsHealthy() {
		t.Error("a backend that nothing checks is not healthy")
	}
	count, err = manager.RemoveBackends("/x", []string{"http://a", "http://d"})
	must(t, err)
	expect(t, "the number of removed backends", count, 1)
	if backend.IsHealthy() {
		t.Error("a backend that was removed is healthy")
	}
	status, err := manager.GetBackend("/x", "http://c")
	must(t, err)
	expect(t, "the backend", status, proxykit.BackendStatus{Target: "http://c", Healthy: true, Load: 1})
	left, err := manager.ListBackends("/x")
	must(t, err)
	expect(t, "the number of backends left", len(left), 2)
}

func TestVersion(t *testing.T) {
	if version := proxykit.Version(); strings.Count(version, ".") != 2 {
		t.Errorf("%q is no version", version)
	}
}
