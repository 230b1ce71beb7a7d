package proxykit

import (
	"net/http"
	"slices"
	"strings"
)

// Middleware makes a handler out of another one, which it may call.
type Middleware func(http.Handler) http.Handler

// Chain makes one middleware out of many. The first sees a request first.
func Chain(middlewares ...Middleware) Middleware {
	middlewares = slices.Clone(middlewares)
	return func(handler http.Handler) http.Handler {
		for index := len(middlewares) - 1; index >= 0; index-- {
			handler = middlewares[index](handler)
		}
		return handler
	}
}

// AnyRelativePath gives the pattern of a prefix for routers that write "everything below" as a named wildcard, such as
// gin: "/x/" becomes "/x/*path".
func AnyRelativePath(prefixPath string) string {
	inner := strings.Trim(prefixPath, "/")
	if inner == "" {
		return "/*path"
	}
	return "/" + inner + "/*path"
}
