package proxykit_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"proxykit"
)

func expectError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, and should be %v", err, want)
	}
}

func TestPhases(t *testing.T) {
	manager := newManager(t)
	_, err := manager.Address()
	expectError(t, err, proxykit.ErrNotStarted)
	_, err = manager.ManagementAddress()
	expectError(t, err, proxykit.ErrNotStarted)
	expectError(t, manager.Wait(context.Background()), proxykit.ErrNotStarted)

	start(t, manager)
	expectError(t, manager.Start("127.0.0.1:0"), proxykit.ErrAlreadyStarted)
	expectError(t, manager.StartWith("127.0.0.1:0", nil), proxykit.ErrAlreadyStarted)
	expectError(t, manager.Serve("127.0.0.1:0"), proxykit.ErrAlreadyStarted)

	cutOff, err := manager.Stop(time.Second)
	must(t, err)
	expect(t, "the number of requests cut off", cutOff, 0)
	must(t, manager.Wait(context.Background()))
	expectError(t, manager.Start("127.0.0.1:0"), proxykit.ErrStopped)
	expectError(t, manager.StartWith("127.0.0.1:0", nil), proxykit.ErrStopped)
	_, err = manager.AddRouteWith("/x", nil, proxykit.RouteOptions{})
	must(t, err)
}

func TestWaitEndsWithItsContext(t *testing.T) {
	manager := newManager(t)
	start(t, manager)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := manager.Wait(ctx)
	expectError(t, err, proxykit.ErrTimedOut)
	expectError(t, err, context.DeadlineExceeded)
	ctx, cancel = context.WithCancel(context.Background())
	cancel()
	expectError(t, manager.Wait(ctx), context.Canceled)
}

func TestAPortInUseCanBeTriedAgain(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := other.Addr().String()
	manager := newManager(t)
	expectError(t, manager.Start(address), proxykit.ErrAddressInUse)
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	expectError(t, manager.StartWith(address, http.NotFoundHandler()), proxykit.ErrAddressInUse)
	entries, err := os.ReadDir(directory)
	must(t, err)
	expect(t, "the number of directories left", len(entries), 0)
	must(t, other.Close())
	must(t, manager.StartWith(address, http.NotFoundHandler()))
	expect(t, "the address", urlOf(t, manager), "http://"+address)
}

func TestAPortIsFreeForTheNextManager(t *testing.T) {
	first := newManager(t)
	url := start(t, first)
	must(t, first.Close())
	target, _ := newBackend(t, "a")
	second := newManager(t)
	addRoute(t, second, "/", target)
	must(t, second.Start(url[len("http://"):]))
	_, body := get(t, url)
	expect(t, "the answer", body, "a\n")
}

func TestStartWithoutAListener(t *testing.T) {
	manager, err := proxykit.NewManager(proxykit.Options{Management: "127.0.0.1:0", ManagementToken: "token"})
	must(t, err)
	defer manager.Close()
	must(t, manager.Start(""))
	_, err = manager.Address()
	expectError(t, err, proxykit.ErrNotStarted)
	address, err := manager.ManagementAddress()
	must(t, err)
	status, _ := get(t, "http://"+address+"/endpoints/list?prefixPath=/x/")
	expect(t, "the status without the token", status, http.StatusUnauthorized)
	response, _ := fetch(t, "GET", "http://"+address+"/endpoints/list?prefixPath=/x/", "", "Authorization", "Bearer token")
	expect(t, "the status with the token", response.StatusCode, http.StatusNotFound)
}

func TestCloseEndsWhatWaits(t *testing.T) {
	manager := newManager(t)
	ended := make(chan error, 4)
	go func() { ended <- manager.Serve("127.0.0.1:0") }()
	eventually(t, "it serves", func() bool { _, err := manager.Address(); return err == nil })
	for range 3 {
		go func() { ended <- manager.Wait(context.Background()) }()
	}
	must(t, manager.Close())
	for range 4 {
		must(t, within(t, "the end of a wait", ended))
	}
}

func TestARunningManagerStaysWhenNobodyRefersToIt(t *testing.T) {
	target, _ := newBackend(t, "a")
	url := func() string {
		manager := proxykit.NewRouteManager()
		addRoute(t, manager, "/x", target)
		return start(t, manager)
	}()
	for range 3 {
		runtime.GC()
		_, body := get(t, url+"/x/")
		expect(t, "the answer", body, "a\n")
	}
}

func TestUseAfterCloseIsAnError(t *testing.T) {
	manager := newManager(t)
	backend := addRoute(t, manager, "/x", "http://h").Balancer.GetBackends()[0]
	must(t, manager.Close())
	must(t, manager.Close())

	_, err := manager.AddRouteWith("/y", nil, proxykit.RouteOptions{})
	expectError(t, err, proxykit.ErrStopped)
	_, err = manager.Routes()
	expectError(t, err, proxykit.ErrStopped)
	_, err = manager.Stop(0)
	expectError(t, err, proxykit.ErrStopped)
	_, err = manager.Manage("GET", "/endpoints", nil)
	expectError(t, err, proxykit.ErrStopped)
	expectError(t, manager.Start("127.0.0.1:0"), proxykit.ErrStopped)
	expectError(t, manager.StartWith("127.0.0.1:0", nil), proxykit.ErrStopped)
	expectError(t, manager.Wait(context.Background()), proxykit.ErrStopped)
	expectError(t, proxykit.StartHealthChecks([]*proxykit.Backend{backend}, proxykit.HealthCheckConfig{}), proxykit.ErrStopped)
	if _, ok := manager.GetRoute("/x"); ok {
		t.Error("a route of a closed manager is found")
	}
	if backend.IsHealthy() || backend.GetActiveConns() != 0 {
		t.Error("a backend of a closed manager is healthy, or busy")
	}
}

// All calls at once, and the end in the middle of it: nothing may crash or hang.
func TestCallsFromManyGoroutinesWhileItCloses(t *testing.T) {
	for range 20 {
		manager := proxykit.NewRouteManager()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		var all sync.WaitGroup
		for _, call := range []func(){
			func() { _ = manager.Serve("127.0.0.1:0") },
			func() { _ = manager.ListenAndServe("127.0.0.1:0", http.NotFoundHandler()) },
			func() { _, _ = manager.AddRouteWith("/x", []string{"http://h"}, proxykit.RouteOptions{}) },
			func() { _, _ = manager.AddBackends("/x", []string{"http://i"}) },
			func() { _ = manager.RemoveRoute("/x") },
			func() { _ = manager.HandleFunc("/handled", saying("handled")) },
			func() { _ = manager.HandleFunc("/", saying("everything")) },
			func() { _ = manager.RemoveRoute("/handled") },
			func() { _ = manager.StartListener(listener) },
			func() { _ = manager.Shutdown(context.Background()) },
			func() { _, _ = manager.Routes() },
			func() { _, _ = manager.Stop(time.Hour) },
			func() { _ = manager.Wait(context.Background()) },
			func() { _ = manager.Close() },
			func() { _ = manager.Close() },
		} {
			all.Add(1)
			go func() { defer all.Done(); call() }()
		}
		ended := make(chan struct{})
		go func() { all.Wait(); close(ended) }()
		within(t, "the end of all calls", ended)
		must(t, listener.Close())
		expectError(t, manager.RemoveRoute("/x"), proxykit.ErrStopped)
	}
}
