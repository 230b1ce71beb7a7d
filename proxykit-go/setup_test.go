package proxykit_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"proxykit"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// seen is a request as a server saw it.
type seen struct {
	Backend, Method, Target, Host, RemoteAddr, Body string
	Header                                          http.Header
}

// newBackend is a server that answers with its name and keeps what it saw.
func newBackend(t *testing.T, name string) (target string, requests chan seen) {
	t.Helper()
	requests = make(chan seen, 1000)
	server := httptest.NewServer(recorder(t, name, requests))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func recorder(t *testing.T, name string, requests chan<- seen) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s: reading the body: %v", name, err)
		}
		select {
		case requests <- seen{name, r.Method, r.RequestURI, r.Host, r.RemoteAddr, string(body), r.Header.Clone()}:
		default:
		}
		w.Header().Set("X-Backend", name)
		fmt.Fprintln(w, name)
	}
}

// newManager makes a manager that is closed when the test ends.
func newManager(t *testing.T) *proxykit.RouteManager {
	t.Helper()
	manager := proxykit.NewRouteManager()
	t.Cleanup(func() {
		if err := manager.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return manager
}

// start starts a manager and gives its URL.
func start(t *testing.T, manager *proxykit.RouteManager) string {
	t.Helper()
	must(t, manager.Start("127.0.0.1:0"))
	return urlOf(t, manager)
}

func startWith(t *testing.T, manager *proxykit.RouteManager, handler http.Handler) string {
	t.Helper()
	must(t, manager.StartWith("127.0.0.1:0", handler))
	return urlOf(t, manager)
}

func urlOf(t *testing.T, manager *proxykit.RouteManager) string {
	t.Helper()
	address, err := manager.Address()
	must(t, err)
	return "http://" + address
}

func addRoute(t *testing.T, manager *proxykit.RouteManager, prefix string, targets ...string) *proxykit.Route {
	t.Helper()
	backends, err := proxykit.ParseBackends(prefix, targets)
	must(t, err)
	route, err := manager.AddRoute(prefix, proxykit.NewRoundRobin(backends))
	must(t, err)
	return route
}

// fetch sends a request and gives the answer with its body.
func fetch(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	must(t, err)
	for index := 0; index < len(headers); index += 2 {
		request.Header.Add(headers[index], headers[index+1])
	}
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return response, string(text)
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, body := fetch(t, http.MethodGet, url, "")
	return response.StatusCode, body
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, and should be %v", what, got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it never came about that %s", what)
		}
	}
}

// within gives what comes from the channel in time.
func within[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// load is many clients that ask without a pause.
type load struct {
	t       *testing.T
	clients sync.WaitGroup
	enough  chan struct{}
	failure atomic.Pointer[error]
}

// underLoad has clients ask until the load is ended, or one of them fails.
func underLoad(t *testing.T, clients int, ask func() error) *load {
	l := &load{t: t, enough: make(chan struct{})}
	for range clients {
		l.clients.Add(1)
		go func() {
			defer l.clients.Done()
			for !l.failed() {
				select {
				case <-l.enough:
					return
				default:
				}
				if err := ask(); err != nil {
					l.failure.Store(&err)
				}
			}
		}()
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) failed() bool { return l.failure.Load() != nil }

// end stops the clients and tells what failed. A second call does nothing.
func (l *load) end() {
	l.t.Helper()
	if l.enough == nil {
		return
	}
	close(l.enough)
	l.clients.Wait()
	l.enough = nil
	if err := l.failure.Load(); err != nil {
		l.t.Error(*err)
	}
}
