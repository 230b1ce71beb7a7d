package proxykit

import (
	"net"
	"net/http"
	"strings"
)

// asTheClientSent shows the handler a request as its client sent it: what the core added on the way is taken off. The
// core appends the client's address to X-Forwarded-For only if it has one, which it has not on a unix socket.
func (f forwarding) asTheClientSent(handler http.Handler, hasAddress func() bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("X-Origin-Host")
		client := ""
		if f.headers != "forwarded" {
			r.Header.Del("X-Forwarded-Host")
			r.Header.Del("X-Forwarded-Proto")
			if hasAddress() {
				client = takeLast(r.Header, forwardedFor)
			}
		}
		if f.headers != "x_forwarded" {
			client = addressIn(takeLast(r.Header, "Forwarded"))
		}
		if client != "" {
			r.RemoteAddr = net.JoinHostPort(client, "0")
		}
		handler.ServeHTTP(w, r)
	})
}

// takeLast takes the last element off a list in a header. The core wrote that one itself, so that it is true whatever
// the client sent before it.
func takeLast(header http.Header, name string) string {
	values := header[name]
	if len(values) == 0 {
		return ""
	}
	value := values[len(values)-1]
	comma := lastComma(value)
	values = values[:len(values)-1]
	if comma >= 0 {
		values = append(values, value[:comma])
	}
	if len(values) == 0 {
		header.Del(name)
	} else {
		header[name] = values
	}
	return strings.TrimSpace(value[comma+1:])
}

// lastComma is where the last comma stands that is not in quotes; -1 if there is none.
func lastComma(value string) int {
	last, quoted := -1, false
	for i := 0; i < len(value); i++ {
		switch {
		case quoted && value[i] == '\\':
			i++
		case value[i] == '"':
			quoted = !quoted
		case value[i] == ',' && !quoted:
			last = i
		}
	}
	return last
}

// addressIn reads the address in an element of Forwarded as the core writes it; none if the core had none.
func addressIn(element string) string {
	node, _, _ := strings.Cut(strings.TrimPrefix(element, "for="), ";")
	node = strings.Trim(node, `"[]`)
	if node == "unknown" {
		return ""
	}
	return node
}
