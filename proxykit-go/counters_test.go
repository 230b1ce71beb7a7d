package proxykit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"proxykit"
)

func TestWhatWasAnsweredIsCounted(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	manager := newManager(t)
	addRoute(t, manager, "/x", server.URL)
	url := start(t, manager)
	for range 3 {
		response, err := http.Get(url + "/x/")
		must(t, err)
		must(t, response.Body.Close())
	}
	counters := proxykit.Counters{Requests: 3, Responses4xx: 3}
	backend, err := manager.GetBackend("/x", server.URL)
	must(t, err)
	expect(t, "the backend's counters", backend.Counters, counters)
	routes, err := manager.Routes()
	must(t, err)
	expect(t, "the route's counters", routes[0].Counters, counters)
	totals, err := manager.Totals()
	must(t, err)
	expect(t, "the manager's counters", totals.Counters, counters)
	if accepted := totals.Connections.Accepted; accepted < 1 || accepted > 3 {
		t.Errorf("%d connections were accepted", accepted)
	}
}
