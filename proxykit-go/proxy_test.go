package proxykit_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"proxykit"
)

// serveWithGo is a server of Go's own, as http.ListenAndServe makes one.
func serveWithGo(t *testing.T, handler http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestProxyIsAHandlerForAnyServer(t *testing.T) {
	target, requests := newBackend(t, "a")
	manager := newManager(t)
	mux := http.NewServeMux()
	mux.Handle("/x/", addRoute(t, manager, "/x", target+"/base").Proxy)
	url := serveWithGo(t, mux)

	response, body := fetch(t, "POST", url+"/x/a%2Fb?q=%41;&%zz", "hello", "X-Forwarded-For", "192.0.2.1", "X-Own", "1",
		"Forwarded", "for=192.0.2.1")
	expect(t, "the status", response.StatusCode, 200)
	expect(t, "the body", body, "a\n")
	got := within(t, "the request", requests)
	expect(t, "the method", got.Method, "POST")
	expect(t, "the target", got.Target, "/base/a%2Fb?q=%41;&%zz")
	expect(t, "the body that arrived", got.Body, "hello")
	expect(t, "the host", "http://"+got.Host, url)
	expect(t, "X-Own", got.Header.Get("X-Own"), "1")
	expect(t, "Forwarded", got.Header.Get("Forwarded"), "")
	expect(t, "X-Forwarded-For", got.Header.Get("X-Forwarded-For"), "192.0.2.1, 127.0.0.1")
	expect(t, "X-Forwarded-Host", "http://"+got.Header.Get("X-Forwarded-Host"), url)
	expect(t, "X-Origin-Host", "http://"+got.Header.Get("X-Origin-Host"), target)
}

func TestProxyAsksForNoCompressionOfItsOwn(t *testing.T) {
	target, requests := newBackend(t, "a")
	manager := newManager(t)
	url := serveWithGo(t, addRoute(t, manager, "/x", target).Proxy)
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, Timeout: patience}
	response, err := client.Get(url + "/x/")
	must(t, err)
	must(t, response.Body.Close())
	expect(t, "Accept-Encoding", within(t, "the request", requests).Header.Get("Accept-Encoding"), "")
}

func TestProxyStreamsAndUpgrades(t *testing.T) {
	second := make(chan struct{})
	backend := http.NewServeMux()
	backend.Handle("/stream", slowly(t, second))
	backend.Handle("/echo", echoServer(t))
	manager := newManager(t)
	url := serveWithGo(t, addRoute(t, manager, "/x", serveWithGo(t, backend)).Proxy)
	expectStreaming(t, url+"/x/stream", second)
	expectEcho(t, url+"/x/echo")
}

// Wherever it is mounted, a route's Proxy leads to this route's backends.
func TestProxyKeepsToItsRoute(t *testing.T) {
	target, requests := newBackend(t, "a")
	other, _ := newBackend(t, "b")
	manager := newManager(t)
	route := addRoute(t, manager, "/x", target)
	addRoute(t, manager, "/y", other)
	url := serveWithGo(t, route.Proxy)
	for path, arrives := range map[string]string{
		"/x/z": "/z", "/x": "/", "/y/z": "/y/z", "/xy/a%2Fb": "/xy/a%2Fb", "/": "/",
	} {
		_, body := get(t, url+path)
		expect(t, "the answer to "+path, body, "a\n")
		expect(t, "the target of "+path, within(t, "the request", requests).Target, arrives)
	}
	stripped := serveWithGo(t, http.StripPrefix("/mounted", route.Proxy))
	get(t, stripped+"/mounted/z")
	expect(t, "the target without the mount", within(t, "the request", requests).Target, "/z")
}

func TestProxyReportsErrorsAsTheCoreDoes(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	manager := newManager(t)
	url := serveWithGo(t, addRoute(t, manager, "/x").Proxy)
	response, body := fetch(t, "GET", url+"/x/", "")
	expect(t, "the status without a backend", response.StatusCode, http.StatusServiceUnavailable)
	expect(t, "the core's report", strings.Contains(response.Header.Get("Proxy-Status"), `details="no_healthy_backend"`), true)
	expect(t, "the answer", body, "503 Service Unavailable: no healthy backend\n")

	must(t, manager.Close())
	response, _ = fetch(t, "GET", url+"/x/", "")
	expect(t, "the status after Close", response.StatusCode, http.StatusBadGateway)
	expect(t, "the report", response.Header.Get("Proxy-Status"), `proxykit; error=proxy_internal_error; details="connect_failed"`)
	entries, err := os.ReadDir(directory)
	must(t, err)
	expect(t, "the number of directories left", len(entries), 0)
}

func TestProxyOfAManagerThatWasStoppedBefore(t *testing.T) {
	manager := newManager(t)
	url := serveWithGo(t, addRoute(t, manager, "/x", "http://h").Proxy)
	must(t, manager.Close())
	response, _ := fetch(t, "GET", url+"/x/", "")
	expect(t, "the status", response.StatusCode, http.StatusServiceUnavailable)
	expect(t, "the report", response.Header.Get("Proxy-Status"), `proxykit; error=proxy_internal_error; details="stopped"`)
}

func TestProxyBesideAListenerOfTheCore(t *testing.T) {
	target, requests := newBackend(t, "a")
	manager, err := proxykit.NewManager(proxykit.Options{TrustedProxies: []string{"127.0.0.1"}})
	must(t, err)
	defer manager.Close()
	route := addRoute(t, manager, "/x", target)
	direct := start(t, manager)
	for _, url := range []string{direct, serveWithGo(t, route.Proxy)} {
		_, body := get(t, url+"/x/")
		expect(t, "the answer", body, "a\n")
	}
	within(t, "the direct request", requests)
	expect(t, "X-Forwarded-For", within(t, "the request", requests).Header.Get("X-Forwarded-For"), "127.0.0.1, 127.0.0.1")
}
