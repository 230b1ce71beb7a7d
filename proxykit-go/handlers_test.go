package proxykit_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"proxykit"
)

// saying is a handler that answers with a name and the path that it was asked for.
func saying(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, name, r.RequestURI) }
}

func handle(t *testing.T, manager *proxykit.RouteManager, prefix string, handler http.HandlerFunc) {
	t.Helper()
	must(t, manager.HandleFunc(prefix, handler))
}

func TestHandlersAnswerBesideBackends(t *testing.T) {
	target, _ := newBackend(t, "backend")
	manager := newManager(t)
	handle(t, manager, "/before", saying("before"))
	addRoute(t, manager, "/before/backend", target)
	url := start(t, manager)
	handle(t, manager, "/while", saying("while"))
	handle(t, manager, "/before/deeper/", saying("deeper"))
	must(t, manager.Handle("/a%2Fb", saying("encoded")))
	for path, answer := range map[string]string{
		"/before":             "before /before",
		"/before/x//y?q=%41;": "before /before/x//y?q=%41;",
		"/before/backend/x":   "backend",
		"/before/deeper":      "deeper /before/deeper",
		"/before/deeper//x":   "deeper /before/deeper//x",
		"/before/deeperx":     "before /before/deeperx",
		"/while/":             "while /while/",
		"/a%2Fb/c":            "encoded /a%2Fb/c",
		"/a/b":                "404 Not Found: no route takes this path",
		"/beforex":            "404 Not Found: no route takes this path",
	} {
		_, body := get(t, url+path)
		expect(t, "the answer to "+path, body, answer+"\n")
	}

	must(t, manager.RemoveRoute("/before/deeper"))
	_, body := get(t, url+"/before/deeper")
	expect(t, "the answer once the deeper one is gone", body, "before /before/deeper\n")
	must(t, manager.RemoveRoute("/while"))
	status, _ := get(t, url+"/while")
	expect(t, "the status once it is gone", status, http.StatusNotFound)
	handle(t, manager, "/while", saying("again"))
	_, body = get(t, url+"/while")
	expect(t, "the answer of another handler", body, "again /while\n")
}

func TestAHandlersRequestIsAsItsClientSentIt(t *testing.T) {
	handler, requests := recordingHandler(t)
	manager := newManager(t)
	must(t, manager.Handle("/x", handler))
	url := start(t, manager)
	fetch(t, "PATCH", url+"/x/a%2Fb?q", "hello", "X-Forwarded-For", "192.0.2.1")
	got := within(t, "the request", requests)
	expect(t, "the method", got.Method, "PATCH")
	expect(t, "the target", got.Target, "/x/a%2Fb?q")
	expect(t, "the body", got.Body, "hello")
	expect(t, "the host", "http://"+got.Host, url)
	expect(t, "the client's address", got.RemoteAddr, "127.0.0.1:0")
	expect(t, "X-Forwarded-For", strings.Join(got.Header["X-Forwarded-For"], ", "), "192.0.2.1")
}

func TestHandlersAreListedAndTakeNoBackends(t *testing.T) {
	manager := newManager(t)
	handle(t, manager, "/handled", saying("handled"))
	addRoute(t, manager, "/proxied", "http://h")
	routes, err := manager.Routes()
	must(t, err)
	expect(t, "the number of routes", len(routes), 2)
	for index, prefix := range []string{"/handled/", "/proxied/"} {
		expect(t, "the prefix", routes[index].Prefix, prefix)
		expect(t, prefix+" has a handler", routes[index].Handler, index == 0)
	}
	_, err = manager.AddBackends("handled", []string{"http://h"})
	expectError(t, err, proxykit.ErrRouteIsHandler)
	_, err = manager.RemoveBackends("/handled/", []string{routes[0].Backends[0].Target})
	expectError(t, err, proxykit.ErrRouteIsHandler)
	if _, found := manager.GetRoute("/handled"); found {
		t.Error("a handler has a Route")
	}
}

func TestAHandlerThatIsRefusedChangesNothing(t *testing.T) {
	manager := newManager(t)
	handle(t, manager, "/x", saying("first"))
	addRoute(t, manager, "/y", "http://h")
	expectError(t, manager.HandleFunc("/x/", saying("second")), proxykit.ErrRouteExists)
	expectError(t, manager.HandleFunc("/y/", saying("second")), proxykit.ErrRouteExists)
	expectError(t, manager.HandleFunc("", saying("second")), proxykit.ErrInvalidPrefix)
	expectError(t, manager.Handle("/z", nil), proxykit.ErrInvalidArgument)
	expectError(t, manager.HandleFunc("/z", nil), proxykit.ErrInvalidArgument)
	_, err := manager.AddRouteWith("/x", nil, proxykit.RouteOptions{})
	expectError(t, err, proxykit.ErrRouteExists)
	_, body := get(t, start(t, manager)+"/x/")
	expect(t, "the answer", body, "first /x/\n")
	must(t, manager.Close())
	expectError(t, manager.HandleFunc("/z", saying("late")), proxykit.ErrStopped)
}

// Without a start there is no socket; after the stop there is none either, also not for a handler that comes late.
func TestHandlersHaveASocketFromTheStartToTheStop(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	expectEntries := func(when string, number int) {
		t.Helper()
		entries, err := os.ReadDir(directory)
		must(t, err)
		expect(t, "the number of directories "+when, len(entries), number)
	}
	manager := newManager(t)
	handle(t, manager, "/x", saying("x"))
	expectEntries("before the start", 0)
	start(t, manager)
	expectEntries("while it runs", 1)
	handle(t, manager, "/y", saying("y"))
	expectEntries("with another handler", 1)
	_, err := manager.Stop(time.Second)
	must(t, err)
	expectEntries("after the stop", 0)
	handle(t, manager, "/z", saying("z"))
	expectEntries("with a handler that comes late", 0)
}

func TestAMuxBesideHandlersIsAskedForTheRest(t *testing.T) {
	manager := newManager(t)
	handle(t, manager, "/x", saying("handler"))
	mux := http.NewServeMux()
	mux.HandleFunc("/", saying("mux"))
	url := startWith(t, manager, mux)
	for path, answer := range map[string]string{"/x/": "handler /x/\n", "/y": "mux /y\n", "/xy/": "mux /xy/\n"} {
		_, body := get(t, url+path)
		expect(t, "the answer to "+path, body, answer)
	}
	must(t, manager.RemoveRoute("/x"))
	_, body := get(t, url+"/x/")
	expect(t, "the answer once the handler is gone", body, "mux /x/\n")

	other := newManager(t)
	handle(t, other, "/x", saying("handler"))
	mux.HandleFunc("/x/", saying("never asked"))
	expectError(t, other.StartWith("127.0.0.1:0", mux), proxykit.ErrInvalidArgument)
	handle(t, other, "/", saying("everything"))
	expectError(t, other.StartWith("127.0.0.1:0", http.NotFoundHandler()), proxykit.ErrRouteExists)
	_, body = get(t, start(t, other)+"/x/")
	expect(t, "the answer after a refused mux", body, "handler /x/\n")
}

// Routes come and go over HTTP too: what was removed there is no more, and can be handled anew.
func TestAHandlerMayBeRemovedOverHTTP(t *testing.T) {
	manager := newManager(t)
	handle(t, manager, "/x", saying("outer"))
	handle(t, manager, "/x/y", saying("inner"))
	url := start(t, manager)
	answers := func(want string) {
		t.Helper()
		_, body := get(t, url+"/x/y/z")
		expect(t, "the answer", body, want+" /x/y/z\n")
	}
	answers("inner")
	remove := func(prefix string) {
		t.Helper()
		reply, err := manager.Manage("POST", "/endpoints/routes/remove", []byte(`{"prefixPath": "`+prefix+`"}`))
		must(t, err)
		expect(t, "the status", reply.Status, http.StatusOK)
	}
	remove("/x/y")
	answers("outer")
	handle(t, manager, "/x/y", saying("anew"))
	answers("anew")

	// A route with backends may take its place.
	remove("/x/y")
	target, _ := newBackend(t, "backend")
	addRoute(t, manager, "/x/y", target)
	count, err := manager.AddBackends("/x/y", []string{"http://127.0.0.1:1"})
	must(t, err)
	expect(t, "the number of backends added", count, 1)
	routes, err := manager.Routes()
	must(t, err)
	expect(t, "the outer one has a handler", routes[0].Handler, true)
	expect(t, "the inner one has a handler", routes[1].Handler, false)
	expectError(t, manager.HandleFunc("/x/y", saying("refused")), proxykit.ErrRouteExists)
	must(t, manager.RemoveRoute("/x/y"))
	answers("outer")
}

// As many sockets as there are handlers at a time, and not as many as there ever were.
func TestSocketsOfHandlersAreUsedAgain(t *testing.T) {
	manager := newManager(t)
	start(t, manager)
	handle(t, manager, "/stays", saying("stays"))
	handle(t, manager, "/x", saying("x"))
	descriptors := countDescriptors(t)
	for range 50 {
		must(t, manager.RemoveRoute("/x"))
		handle(t, manager, "/x", saying("x"))
	}
	expect(t, "the number of descriptors", countDescriptors(t), descriptors)
}
