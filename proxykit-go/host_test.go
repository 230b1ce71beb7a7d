package proxykit_test

import (
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"proxykit"
)

// recordingHandler is a host's handler that keeps what it saw.
func recordingHandler(t *testing.T) (http.Handler, chan seen) {
	requests := make(chan seen, 100)
	return recorder(t, "host", requests), requests
}

func TestTheHandlerSeesWhatTheClientSent(t *testing.T) {
	handler, requests := recordingHandler(t)
	manager := newManager(t)
	url := startWith(t, manager, handler)

	sent := http.Header{
		"X-Own":           {"1", "2"},
		"X-Forwarded-For": {"192.0.2.1, 192.0.2.2", "192.0.2.3"},
	}
	response, body := fetch(t, "PATCH", url+"/a%2Fb//c?q=%41;&r", "hello", "X-Own", "1", "X-Own", "2",
		"X-Forwarded-For", sent["X-Forwarded-For"][0], "X-Forwarded-For", sent["X-Forwarded-For"][1])
	expect(t, "the status", response.StatusCode, 200)
	expect(t, "the answer", body, "host\n")
	got := within(t, "the request", requests)
	expect(t, "the method", got.Method, "PATCH")
	expect(t, "the target", got.Target, "/a%2Fb//c?q=%41;&r")
	expect(t, "the body", got.Body, "hello")
	expect(t, "the host", "http://"+got.Host, url)
	expect(t, "the client's address", got.RemoteAddr, "127.0.0.1:0")
	expect(t, "X-Own", strings.Join(got.Header["X-Own"], ", "), "1, 2")
	expect(t, "X-Forwarded-For", strings.Join(got.Header["X-Forwarded-For"], ", "), "192.0.2.1, 192.0.2.2, 192.0.2.3")
}

func TestTheHandlerSeesNothingOfTheProxy(t *testing.T) {
	handler, requests := recordingHandler(t)
	manager := newManager(t)
	get(t, startWith(t, manager, handler))
	got := within(t, "the request", requests)
	expect(t, "the client's address", got.RemoteAddr, "127.0.0.1:0")
	for name := range got.Header {
		if strings.HasPrefix(name, "X-") || name == "Forwarded" {
			t.Errorf("the handler sees %s: %v", name, got.Header[name])
		}
	}
}

func TestOnAUnixSocketAClientHasNoAddress(t *testing.T) {
	handler, requests := recordingHandler(t)
	path := t.TempDir() + "/socket"
	manager := newManager(t)
	must(t, manager.StartWith("unix:"+path, handler))
	connection, err := net.Dial("unix", path)
	must(t, err)
	defer connection.Close()
	request, err := http.NewRequest("GET", "http://h/", nil)
	must(t, err)
	request.Header.Set("X-Forwarded-For", "192.0.2.1")
	must(t, request.Write(connection))
	got := within(t, "the request", requests)
	expect(t, "the client's address", got.RemoteAddr, "@")
	expect(t, "X-Forwarded-For", got.Header.Get("X-Forwarded-For"), "192.0.2.1")
}

func TestRoutesComeBeforeTheHandler(t *testing.T) {
	target, _ := newBackend(t, "backend")
	handler, _ := recordingHandler(t)
	manager := newManager(t)
	addRoute(t, manager, "/x", target)
	url := startWith(t, manager, handler)
	for path, answer := range map[string]string{"/x/y": "backend\n", "/x": "backend\n", "/xy": "host\n", "/": "host\n"} {
		_, body := get(t, url+path)
		expect(t, "the answer to "+path, body, answer)
	}
	addRoute(t, manager, "/late", target)
	_, body := get(t, url+"/late")
	expect(t, "the answer of a route that was added later", body, "backend\n")
}

func TestTheHandlerStreamsAndUpgrades(t *testing.T) {
	second := make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/stream", slowly(t, second))
	mux.Handle("/echo", echoServer(t))
	manager := newManager(t)
	url := startWith(t, manager, mux)
	expectStreaming(t, url+"/stream", second)
	expectEcho(t, url+"/echo")
}

func TestTheHandlerMayBeTheDefaultOne(t *testing.T) {
	before := http.DefaultServeMux
	http.DefaultServeMux = http.NewServeMux()
	defer func() { http.DefaultServeMux = before }()
	http.HandleFunc("/ping", func(http.ResponseWriter, *http.Request) {})
	manager := newManager(t)
	status, _ := get(t, startWith(t, manager, nil)+"/ping")
	expect(t, "the status", status, http.StatusOK)
}

func TestNothingIsLeftOfTheHandlersSocket(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	manager := newManager(t)
	ended := make(chan error, 1)
	go func() { ended <- manager.ListenAndServe("127.0.0.1:0", http.NotFoundHandler()) }()
	eventually(t, "it serves", func() bool { _, err := manager.Address(); return err == nil })
	entries, err := os.ReadDir(directory)
	must(t, err)
	expect(t, "the number of directories", len(entries), 1)
	information, err := entries[0].Info()
	must(t, err)
	expect(t, "who may enter", information.Mode().Perm(), 0o700)

	_, err = manager.Stop(time.Second)
	must(t, err)
	entries, err = os.ReadDir(directory)
	must(t, err)
	expect(t, "the number of directories left", len(entries), 0)
	must(t, within(t, "the end of serving", ended))
}

func TestAHandlerThatWouldBePassedByIsRefused(t *testing.T) {
	target, _ := newBackend(t, "backend")
	guard := func(next http.Handler) http.Handler { return http.StripPrefix("/", next) }
	for name, mount := range map[string]func(mux *http.ServeMux, route *proxykit.Route){
		"a guard around the route":   func(m *http.ServeMux, r *proxykit.Route) { m.Handle("/x/", guard(r.Proxy)) },
		"a guard for one method":     func(m *http.ServeMux, r *proxykit.Route) { m.Handle("POST /x/", guard(r.Proxy)) },
		"a guard with a wildcard":    func(m *http.ServeMux, r *proxykit.Route) { m.Handle("/x/{rest...}", guard(r.Proxy)) },
		"only one method":            func(m *http.ServeMux, r *proxykit.Route) { m.Handle("GET /x/", r.Proxy) },
		"a handler of the program's": func(m *http.ServeMux, r *proxykit.Route) { m.Handle("/x/", http.NotFoundHandler()) },
	} {
		t.Run(name, func(t *testing.T) {
			manager := newManager(t)
			mux := http.NewServeMux()
			mount(mux, addRoute(t, manager, "/x", target))
			err := manager.ListenAndServe("127.0.0.1:0", mux)
			expectError(t, err, proxykit.ErrInvalidArgument)
			if err != nil && !strings.Contains(err.Error(), `"/x/"`) {
				t.Errorf("%v does not name the route", err)
			}
			// Nothing was started, so that the program may go on without a handler.
			start(t, manager)
		})
	}
}

func TestAHandlerThatIsAskedForTheRestIsNot(t *testing.T) {
	target, _ := newBackend(t, "backend")
	handler, _ := recordingHandler(t)
	manager := newManager(t)
	mux := http.NewServeMux()
	mux.Handle("/x/", addRoute(t, manager, "/x", target).Proxy)
	addRoute(t, manager, "/not-mounted", target)
	mux.Handle("/", handler)
	url := startWith(t, manager, mux)
	for path, answer := range map[string]string{"/x/": "backend\n", "/not-mounted/": "backend\n", "/y": "host\n"} {
		_, body := get(t, url+path)
		expect(t, "the answer to "+path, body, answer)
	}
}

func TestARouteForEverythingLeavesNothingToTheHandler(t *testing.T) {
	manager := newManager(t)
	addRoute(t, manager, "/", "http://h")
	expectError(t, manager.ListenAndServe("127.0.0.1:0", http.NotFoundHandler()), proxykit.ErrRouteExists)
	start(t, manager)
}
