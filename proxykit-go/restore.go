package proxykit

import (
	"net"
	"net/http"
	"strings"
)

const forwardedFor = "X-Forwarded-For"

// asTheClientSent shows the handler a request as its client sent it: what the core added on the way is taken off. The
// core appends the client's address only if it has one, which it has not on a unix socket.
func asTheClientSent(handler http.Handler, hasAddress bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Origin-Host"} {
			r.Header.Del(name)
		}
		if hasAddress {
			takeAddress(r)
		}
		handler.ServeHTTP(w, r)
	})
}

// takeAddress moves the last element of X-Forwarded-For to RemoteAddr. The core wrote that one itself, so that it is
// true whatever the client sent before it.
func takeAddress(r *http.Request) {
	values := r.Header[forwardedFor]
	if len(values) == 0 {
		return
	}
	value := values[len(values)-1]
	comma := strings.LastIndexByte(value, ',')
	r.RemoteAddr = net.JoinHostPort(strings.TrimSpace(value[comma+1:]), "0")
	values = values[:len(values)-1]
	if comma >= 0 {
		values = append(values, value[:comma])
	}
	if len(values) == 0 {
		r.Header.Del(forwardedFor)
	} else {
		r.Header[forwardedFor] = values
	}
}
