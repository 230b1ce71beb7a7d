package proxykit_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"proxykit"
)

// newManagerWith makes a manager with these settings, which is closed when the test ends.
func newManagerWith(t *testing.T, options proxykit.Options) *proxykit.RouteManager {
	t.Helper()
	options.Management = "off"
	manager, err := proxykit.NewManager(options)
	must(t, err)
	t.Cleanup(func() { must(t, manager.Close()) })
	return manager
}

// forged is what a client says of itself that only a proxy may say.
var forged = []string{
	"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Host", "forged.example", "X-Forwarded-Proto", "https",
	"Forwarded", "for=192.0.2.1;host=forged.example",
}

func TestAClientSaysNothingForTheProgram(t *testing.T) {
	for _, test := range []struct {
		headers, forwarded, forwardedFor, host, proto string
		trusted                                       []string
	}{
		{"x_forwarded", "", "192.0.2.1, 127.0.0.1", "HOST", "http", nil},
		{"forwarded", `for=127.0.0.1;proto=http, for=unknown;proto=http;host="HOST"`, "", "", "", nil},
		{
			"both", `for=127.0.0.1;proto=http, for=unknown;proto=http;host="HOST"`,
			"192.0.2.1, 127.0.0.1", "HOST", "http", nil,
		},
		{
			"x_forwarded", "for=192.0.2.1;host=forged.example",
			"192.0.2.1, 127.0.0.1", "forged.example", "https", []string{"127.0.0.0/8"},
		},
	} {
		target, requests := newBackend(t, "backend")
		manager := newManagerWith(t, proxykit.Options{
			TrustedProxies: test.trusted,
			Settings:       map[string]string{"forwarded_headers": test.headers},
		})
		route := addRoute(t, manager, "/x", target)
		server := httptest.NewServer(route.Proxy)
		fetch(t, "GET", server.URL+"/x/", "", forged...)
		server.Close()
		own := func(text string) string { return strings.ReplaceAll(text, "HOST", server.Listener.Addr().String()) }
		got := within(t, "the request", requests).Header
		expect(t, test.headers+": Forwarded", got.Get("Forwarded"), own(test.forwarded))
		expect(t, test.headers+": X-Forwarded-For", got.Get("X-Forwarded-For"), test.forwardedFor)
		expect(t, test.headers+": X-Forwarded-Host", got.Get("X-Forwarded-Host"), own(test.host))
		expect(t, test.headers+": X-Forwarded-Proto", got.Get("X-Forwarded-Proto"), test.proto)
	}
}

func TestTheHandlerSeesTheClientWhateverSaysIt(t *testing.T) {
	for _, headers := range []string{"x_forwarded", "forwarded", "both"} {
		handler, requests := recordingHandler(t)
		manager := newManagerWith(t, proxykit.Options{Settings: map[string]string{"forwarded_headers": headers}})
		url := startWith(t, manager, handler)
		fetch(t, "GET", url+"/", "", "X-Forwarded-For", "192.0.2.1", "Forwarded", "for=192.0.2.1")
		got := within(t, "the request", requests)
		expect(t, headers+": the client's address", got.RemoteAddr, "127.0.0.1:0")
		expect(t, headers+": Forwarded", got.Header.Get("Forwarded"), "")
		if headers != "forwarded" {
			expect(t, headers+": X-Forwarded-For", got.Header.Get("X-Forwarded-For"), "192.0.2.1")
		}
	}
}

func TestOverTLSTheBackendIsTold(t *testing.T) {
	target, requests := newBackend(t, "backend")
	manager := newManager(t)
	server := httptest.NewTLSServer(addRoute(t, manager, "/x", target).Proxy)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/x/")
	must(t, err)
	must(t, response.Body.Close())
	expect(t, "X-Forwarded-Proto", within(t, "the request", requests).Header.Get("X-Forwarded-Proto"), "https")
}

func TestASocketMayBeHandedIn(t *testing.T) {
	path := t.TempDir() + "/socket"
	for _, test := range []struct{ network, address, client string }{
		{"tcp", "127.0.0.1:0", "127.0.0.1:0"}, {"unix", path, "@"},
	} {
		listener, err := net.Listen(test.network, test.address)
		must(t, err)
		file, err := listener.(interface{ File() (*os.File, error) }).File()
		must(t, err)
		handler, requests := recordingHandler(t)
		manager := newManager(t)
		must(t, manager.StartWith(fmt.Sprintf("fd:%d", file.Fd()), handler))
		// The core has a copy.
		must(t, file.Close())
		address, err := manager.Address()
		must(t, err)
		expect(t, "the address", strings.TrimPrefix(address, "unix:"), listener.Addr().String())
		connection, err := net.Dial(test.network, listener.Addr().String())
		must(t, err)
		request, err := http.NewRequest("GET", "http://h/", nil)
		must(t, err)
		request.Header.Set("X-Forwarded-For", "192.0.2.1")
		must(t, request.Write(connection))
		got := within(t, "the request", requests)
		expect(t, "the client's address", got.RemoteAddr, test.client)
		expect(t, "X-Forwarded-For", got.Header.Get("X-Forwarded-For"), "192.0.2.1")
		must(t, connection.Close())
		must(t, listener.Close())
	}
	expect(t, "the error", errors.Is(newManager(t).Start("fd:987"), proxykit.ErrBindFailed), true)
}
