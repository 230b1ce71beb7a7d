package proxykit

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// answer is a handler's answer, of which is known whether it has begun. What the server's own can do, it can.
type answer struct {
	http.ResponseWriter
	begun bool
}

// failed is deferred around a handler. A handler that panics has its connection closed by the server. To the core that is a
// connection which broke before an answer came, and it would repeat a GET on each connection that it has kept.
func (a *answer) failed() {
	cause := recover()
	if cause == nil {
		return
	}
	if !a.begun {
		clear(a.Header())
		a.Header().Set("Connection", "close")
		report(a.ResponseWriter, http.StatusInternalServerError, "proxy_internal_error", "handler_failed", "the handler failed")
		// The server closes without a look at what it has not sent yet. An error says that nobody is there to read it.
		_ = http.NewResponseController(a.ResponseWriter).Flush()
	}
	// The server logs it, with its stack.
	panic(cause)
}

func (a *answer) WriteHeader(status int) {
	a.begun = a.begun || status >= 200 || status == http.StatusSwitchingProtocols
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(body []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(body)
}

func (a *answer) WriteString(body string) (int, error) {
	a.begun = true
	return io.WriteString(a.ResponseWriter, body)
}

func (a *answer) ReadFrom(body io.Reader) (int64, error) {
	a.begun = true
	return io.Copy(a.ResponseWriter, body)
}

func (a *answer) Flush() {
	// As the server's own, which has no way to tell.
	_ = a.FlushError()
}

func (a *answer) FlushError() error {
	a.begun = true
	return http.NewResponseController(a.ResponseWriter).Flush()
}

func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.begun = true
	return http.NewResponseController(a.ResponseWriter).Hijack()
}

// Unwrap is for [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter {
	return a.ResponseWriter
}

func answerNoRoute(w http.ResponseWriter) {
	report(w, http.StatusNotFound, "destination_not_found", "no_route", "no route takes this path")
}

// report answers in the form of the core's own reports (RFC 9209).
func report(w http.ResponseWriter, status int, kind, name, summary string) {
	text := fmt.Sprintf("%d %s: %s\n", status, http.StatusText(status), summary)
	w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Proxy-Status", fmt.Sprintf("proxykit; error=%s; details=%q", kind, name))
	w.WriteHeader(status)
	// A client that is gone does not read it.
	_, _ = io.WriteString(w, text)
}
