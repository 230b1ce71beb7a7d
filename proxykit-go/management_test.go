package proxykit_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// call hands a request to a handler, and gives the answer with its body.
func call(handler http.HandlerFunc, method, target string, body io.Reader) (*http.Response, string) {
	recorder := httptest.NewRecorder()
	handler(recorder, httptest.NewRequest(method, target, body))
	return recorder.Result(), strings.TrimSpace(recorder.Body.String())
}

func TestManagementHandlersKeepTheWireFormat(t *testing.T) {
	manager := newManager(t)
	addRoute(t, manager, "/x", "http://a")
	// Where it is mounted does not matter.
	const mounted = "/admin/anything"
	for _, step := range []struct {
		handler              http.HandlerFunc
		method, target, body string
		status               int
		answer               string
	}{
		{manager.HandleAddBackends, "POST", mounted,
			`{"prefixPath": "/x/", "targets": ["http://b", "http://a"], "healthCheck": {"interval": 5000000000}}`,
			200, `{"message":"Backends added successfully","addedCount":1}`},
		{manager.HandleListBackends, "GET", mounted + "?prefixPath=/x/", "", 200,
			`{"prefixPath":"/x/","targets":[{"target":"http://a","healthy":true},{"target":"http://b","healthy":true}]}`},
		{manager.HandleGetBackend, "GET", mounted + "?prefixPath=/x/&target=http%3A%2F%2Fb", "", 200,
			`{"target":"http://b","healthy":true}`},
		{manager.HandleRemoveBackends, "POST", mounted, `{"prefixPath": "/x/", "targets": ["http://a"]}`, 200,
			`{"message":"Backends removed successfully","removedCount":1}`},
		{manager.HandleGetBackend, "GET", mounted + "?prefixPath=/x/&target=http://a", "", 404,
			`{"error":{"code":"backend_not_found","message":"the route \"/x/\" has no backend \"http://a\""}}`},
		{manager.HandleAddBackends, "POST", mounted, "{", 400, `{"error":{"code":"invalid_request",`},
		{manager.HandleAddBackends, "POST", mounted, `{"prefixPath": "/y/", "targets": []}`, 404, `{"error":{"code":"route_not_found",`},
		{manager.HandleListBackends, "GET", mounted + "?prefixPath=%ff", "", 400, `{"error":{"code":"invalid_request",`},
		{manager.HandleListBackends, "GET", mounted + "?prefixPath=\xff", "", 400, `{"error":{"code":"invalid_utf8",`},
	} {
		response, answer := call(step.handler, step.method, step.target, strings.NewReader(step.body))
		expect(t, "the status of "+step.target, response.StatusCode, step.status)
		expect(t, "the type of the answer", response.Header.Get("Content-Type"), "application/json")
		if !strings.HasPrefix(answer, step.answer) {
			t.Errorf("the answer is %s, and should begin with %s", answer, step.answer)
		}
	}
}

func TestManagementHandlersRefuseWhatIsNotForThem(t *testing.T) {
	manager := newManager(t)
	response, _ := call(manager.HandleAddBackends, "GET", "/", nil)
	expect(t, "the status of a wrong method", response.StatusCode, http.StatusMethodNotAllowed)
	expect(t, "the method allowed", response.Header.Get("Allow"), "POST")

	response, answer := call(manager.HandleAddBackends, "POST", "/", strings.NewReader(strings.Repeat(" ", 1<<20+1)))
	expect(t, "the status of a large body", response.StatusCode, http.StatusRequestEntityTooLarge)
	expect(t, "the answer", answer, `{"error":{"code":"body_too_large","message":"the body is larger than 1048576 bytes"}}`)

	response, answer = call(manager.HandleAddBackends, "POST", "/", io.MultiReader(brokenReader{}))
	expect(t, "the status of a body that broke off", response.StatusCode, http.StatusBadRequest)
	expect(t, "the answer", answer, `{"error":{"code":"invalid_request","message":"the body broke off"}}`)

	must(t, manager.Close())
	response, _ = call(manager.HandleListBackends, "GET", "/?prefixPath=/x/", nil)
	expect(t, "the status after Close", response.StatusCode, http.StatusServiceUnavailable)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
