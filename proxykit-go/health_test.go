package proxykit_test

import (
	"net"
	"net/http"
	"testing"
	"time"

	"proxykit"
)

var often = proxykit.HealthCheckConfig{Interval: 5 * time.Millisecond, Jitter: -1}

// downAddress is an address where nobody listens.
func downAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, listener.Close())
	return listener.Addr().String()
}

func TestAnUnhealthyBackendComesBack(t *testing.T) {
	address := downAddress(t)
	backends, err := proxykit.ParseBackends("/x", []string{"http://" + address})
	must(t, err)
	must(t, proxykit.StartHealthChecks(backends, often))
	manager := newManager(t)
	_, err = manager.AddRoute("/x", proxykit.NewRoundRobin(backends))
	must(t, err)
	url := start(t, manager)
	eventually(t, "it is unhealthy", func() bool { return !backends[0].IsHealthy() })
	status, _ := get(t, url+"/x/")
	expect(t, "the status without a healthy backend", status, http.StatusServiceUnavailable)

	listener, err := net.Listen("tcp", address)
	must(t, err)
	server := http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	eventually(t, "it is healthy", backends[0].IsHealthy)
}

func TestWithoutHealthChecksABackendStaysHealthy(t *testing.T) {
	manager := newManager(t)
	backend := addRoute(t, manager, "/x", "http://"+downAddress(t)).Balancer.GetBackends()[0]
	url := start(t, manager)
	for range 3 {
		status, _ := get(t, url+"/x/")
		expect(t, "the status", status, http.StatusBadGateway)
	}
	if !backend.IsHealthy() {
		t.Error("a backend that nothing checks is unhealthy")
	}
}

func TestHealthChecksMayStartLater(t *testing.T) {
	manager := newManager(t)
	backends := addRoute(t, manager, "/x", "http://"+downAddress(t), "http://"+downAddress(t)).Balancer.GetBackends()
	start(t, manager)
	expectError(t, proxykit.StartHealthChecks(backends, proxykit.HealthCheckConfig{Jitter: 2}), proxykit.ErrInvalidOption)
	must(t, proxykit.StartHealthChecks(backends, often))
	for _, backend := range backends {
		eventually(t, "it is unhealthy", func() bool { return !backend.IsHealthy() })
	}
	left, err := manager.ListBackends("/x")
	must(t, err)
	expect(t, "the first backend", left[0].Target, backends[0].Target())
	expect(t, "the second backend", left[1].Target, backends[1].Target())
}

func TestABackendThatWasRemovedIsNotBroughtBack(t *testing.T) {
	manager := newManager(t)
	backends := addRoute(t, manager, "/x", "http://h").Balancer.GetBackends()
	_, err := manager.RemoveBackends("/x", []string{"http://h"})
	must(t, err)
	must(t, proxykit.StartHealthChecks(backends, often))
	left, err := manager.ListBackends("/x")
	must(t, err)
	expect(t, "the number of backends", len(left), 0)
}

func TestAddedBackendsAreCheckedAsTheRouteSays(t *testing.T) {
	steady, _ := newBackend(t, "steady")
	backends, err := proxykit.ParseBackends("/x", []string{steady})
	must(t, err)
	must(t, proxykit.StartHealthChecks(backends, often))
	manager := newManager(t)
	_, err = manager.AddRoute("/x", proxykit.NewRoundRobin(backends))
	must(t, err)
	start(t, manager)
	target := "http://" + downAddress(t)
	_, err = manager.AddBackends("/x", []string{target})
	must(t, err)
	eventually(t, "the added one is unhealthy", func() bool {
		status, err := manager.GetBackend("/x", target)
		must(t, err)
		return !status.Healthy
	})
}
