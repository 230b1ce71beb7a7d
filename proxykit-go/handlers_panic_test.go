package proxykit_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// keepConnections has the core keep several connections to the handlers' server.
func keepConnections(t *testing.T, url string, gather *sync.WaitGroup) {
	t.Helper()
	const many = 4
	gather.Add(many)
	var clients sync.WaitGroup
	for range many {
		clients.Add(1)
		go func() {
			defer clients.Done()
			_, body := get(t, url)
			expect(t, "the answer", body, "gathered\n")
		}()
	}
	clients.Wait()
}

// A handler that panics is called once, also where the core could send the request again on another connection.
func TestAPanicIsAnAnswerAndALineInTheLog(t *testing.T) {
	printed, before := new(bytes.Buffer), log.Writer()
	log.SetOutput(printed)
	defer log.SetOutput(before)
	var called atomic.Int64
	var gather sync.WaitGroup
	written := make(lines, 100)
	manager := newManager(t)
	handle(t, manager, "/gather", func(w http.ResponseWriter, r *http.Request) {
		gather.Done()
		gather.Wait()
		fmt.Fprintln(w, "gathered")
	})
	handle(t, manager, "/panic", func(w http.ResponseWriter, r *http.Request) {
		called.Add(1)
		w.Header().Set("X-Own", "1")
		panic("what went wrong")
	})
	handle(t, manager, "/abort", func(w http.ResponseWriter, r *http.Request) {
		called.Add(1)
		panic(http.ErrAbortHandler)
	})
	handle(t, manager, "/late", func(w http.ResponseWriter, r *http.Request) {
		called.Add(1)
		_, _ = io.WriteString(w, "begun\n")
		_ = http.NewResponseController(w).Flush()
		panic("late")
	})
	url := start(t, manager)
	must(t, manager.SetLogger(newLogger(written)))

	for _, path := range []string{"/panic", "/abort"} {
		keepConnections(t, url+"/gather", &gather)
		called.Store(0)
		response, body := fetch(t, "GET", url+path, "")
		expect(t, "the status", response.StatusCode, http.StatusInternalServerError)
		expect(t, "the answer", body, "500 Internal Server Error: the handler failed\n")
		expect(t, "the report", response.Header.Get("Proxy-Status"), `proxykit; error=proxy_internal_error; details="handler_failed"`)
		expect(t, "what it had said before", response.Header.Get("X-Own"), "")
		expect(t, "the number of calls", called.Load(), 1)
	}
	line := within(t, "a line", written)
	for _, part := range []string{`level=ERROR msg="proxykit: handler error" reason="http: panic serving`, "what went wrong", "handlers_panic_test.go"} {
		if !strings.Contains(line, part) {
			t.Errorf("%q is not in %q", part, line)
		}
	}

	called.Store(0)
	response, err := http.Get(url + "/late")
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	expect(t, "what came", string(body), "begun\n")
	if err == nil {
		t.Error("an answer that was broken off looks whole")
	}
	expect(t, "the number of calls", called.Load(), 1)
	if line := within(t, "a line", written); !strings.Contains(line, "late") {
		t.Errorf("%q does not tell of the late one", line)
	}

	// Whoever sets no logger hears nothing, and nothing is printed instead.
	must(t, manager.SetLogger(nil))
	status, _ := get(t, url+"/panic")
	expect(t, "the status", status, http.StatusInternalServerError)
	must(t, manager.Close())
	expect(t, "what was printed", printed.String(), "")
	expect(t, "the number of lines left", len(written), 0)
}
