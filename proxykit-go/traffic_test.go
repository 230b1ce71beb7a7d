package proxykit_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"proxykit"
)

func TestARouteForwards(t *testing.T) {
	target, requests := newBackend(t, "a")
	manager := newManager(t)
	addRoute(t, manager, "/x/", target+"/base")
	url := start(t, manager)

	response, body := fetch(t, "POST", url+"/x/a%2Fb?q=%41;", "hello", "X-Own", "1")
	expect(t, "the status", response.StatusCode, 200)
	expect(t, "the body", body, "a\n")
	got := within(t, "the request", requests)
	expect(t, "the method", got.Method, "POST")
	expect(t, "the target", got.Target, "/base/a%2Fb?q=%41;")
	expect(t, "the body that arrived", got.Body, "hello")
	expect(t, "the host", "http://"+got.Host, url)
	expect(t, "the header", got.Header.Get("X-Own"), "1")
	expect(t, "the client", got.Header.Get("X-Forwarded-For"), "127.0.0.1")

	status, _ := get(t, url+"/xy")
	expect(t, "the status elsewhere", status, http.StatusNotFound)
}

func TestRouteOptionsReachTheCore(t *testing.T) {
	target, requests := newBackend(t, "a")
	manager := newManager(t)
	_, err := manager.AddRouteWith("/x", []string{target}, proxykit.RouteOptions{
		StripPrefix: proxykit.Off, HostHeader: proxykit.HostHeaderBackend,
	})
	must(t, err)
	get(t, start(t, manager)+"/x/y")
	got := within(t, "the request", requests)
	expect(t, "the target", got.Target, "/x/y")
	expect(t, "the host", "http://"+got.Host, target)
}

func TestAResponseHeadTimeout(t *testing.T) {
	release := make(chan struct{})
	backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer backend.Close()
	defer close(release)
	manager := newManager(t)
	options := proxykit.RouteOptions{ResponseHeadTimeout: 20 * time.Millisecond}
	_, err := manager.AddRouteWith("/x", []string{backend.URL}, options)
	must(t, err)
	status, _ := get(t, start(t, manager)+"/x/")
	expect(t, "the status", status, http.StatusGatewayTimeout)
}

func TestBalancers(t *testing.T) {
	first, _ := newBackend(t, "first")
	second, _ := newBackend(t, "second")
	for name, test := range map[string]struct {
		balancer func([]*proxykit.Backend) proxykit.Balancer
		backends int
	}{
		"round robin":       {func(b []*proxykit.Backend) proxykit.Balancer { return proxykit.NewRoundRobin(b) }, 2},
		"least connections": {func(b []*proxykit.Backend) proxykit.Balancer { return proxykit.NewLeastConnections(b) }, 2},
		"ip hash":           {func(b []*proxykit.Backend) proxykit.Balancer { return proxykit.NewIPHash(b) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			manager := newManager(t)
			backends, err := proxykit.ParseBackends("/x", []string{first, second})
			must(t, err)
			_, err = manager.AddRoute("/x", test.balancer(backends))
			must(t, err)
			url := start(t, manager)
			answered := make(map[string]int)
			for range 10 {
				_, body := get(t, url+"/x/")
				answered[body]++
			}
			expect(t, "the number of backends that answered", len(answered), test.backends)
		})
	}
}

func TestRequestsInFlightAreCounted(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(slowly(t, release))
	defer server.Close()
	manager := newManager(t)
	backend := addRoute(t, manager, "/x", server.URL).Balancer.GetBackends()[0]
	url := start(t, manager)
	expect(t, "the requests in flight", backend.GetActiveConns(), 0)

	response, err := http.Get(url + "/x/")
	must(t, err)
	defer response.Body.Close()
	expect(t, "the requests in flight", backend.GetActiveConns(), 1)
	close(release)
	_, err = io.Copy(io.Discard, response.Body)
	must(t, err)
	eventually(t, "none is in flight", func() bool { return backend.GetActiveConns() == 0 })
}

func TestStopCutsOffAtItsDeadline(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(slowly(t, release))
	defer server.Close()
	defer close(release)
	manager := newManager(t)
	addRoute(t, manager, "/x", server.URL)
	response, err := http.Get(start(t, manager) + "/x/")
	must(t, err)
	defer response.Body.Close()
	cutOff, err := manager.Stop(10 * time.Millisecond)
	must(t, err)
	expect(t, "the number of requests cut off", cutOff, 1)
	if _, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Error("an answer that was cut off looks whole")
	}
}

func TestARouteStreamsAndUpgrades(t *testing.T) {
	second := make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/stream", slowly(t, second))
	mux.Handle("/echo", echoServer(t))
	server := httptest.NewServer(mux)
	defer server.Close()
	manager := newManager(t)
	addRoute(t, manager, "/x", server.URL)
	url := start(t, manager)
	expectStreaming(t, url+"/x/stream", second)
	expectEcho(t, url+"/x/echo")
}

// One backend stays; another comes and goes, and so do other routes. No request may notice.
func TestChangesUnderTraffic(t *testing.T) {
	steady, _ := newBackend(t, "steady")
	passing, _ := newBackend(t, "passing")
	manager := newManager(t)
	addRoute(t, manager, "/x", steady)
	url := start(t, manager)
	enough := make(chan struct{})
	failed := make(chan error, 100)
	var clients, changers sync.WaitGroup
	for range 4 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			for {
				select {
				case <-enough:
					return
				default:
				}
				if err := getOnce(url + "/x/"); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	for index := range 4 {
		changers.Add(1)
		go func() {
			defer changers.Done()
			for range 100 {
				_, adding := manager.AddBackends("/x", []string{passing})
				_, removing := manager.RemoveBackends("/x", []string{passing})
				prefix := fmt.Sprintf("/other-%d", index)
				_, err := manager.AddRouteWith(prefix, []string{passing}, proxykit.RouteOptions{})
				if err := errors.Join(adding, removing, err, manager.RemoveRoute(prefix)); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	changers.Wait()
	close(enough)
	clients.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
}

func getOnce(url string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the status is %d", response.StatusCode)
	}
	return nil
}
