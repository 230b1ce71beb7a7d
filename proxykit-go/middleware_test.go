package proxykit_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"proxykit"
)

func TestTheFirstMiddlewareSeesTheRequestFirst(t *testing.T) {
	var order []string
	note := func(name string) proxykit.Middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	last := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { order = append(order, "handler") })
	handler := proxykit.Chain(last, note("first"), note("second"))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	expect(t, "the order", strings.Join(order, " "), "first second handler")
}

func TestAnyRelativePath(t *testing.T) {
	for prefix, pattern := range map[string]string{
		"/x/": "/x/*path", "x": "/x/*path", "/a/b": "/a/b/*path", "/": "/*path",
	} {
		expect(t, "the pattern of "+prefix, proxykit.AnyRelativePath(prefix), pattern)
	}
}
