package proxykit

import (
	"net/http"
	"strings"
)

// Middleware makes a handler out of another one, which it may call.
type Middleware func(http.Handler) http.Handler

// Chain puts middlewares around a handler. The first sees a request first.
func Chain(handler http.Handler, middlewares ...Middleware) http.Handler {
	for index := len(middlewares) - 1; index >= 0; index-- {
		handler = middlewares[index](handler)
	}
	return handler
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
