package proxykit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestAHandlerStreamsAndUpgrades(t *testing.T) {
	second := make(chan struct{})
	manager := newManager(t)
	handle(t, manager, "/stream", slowly(t, second))
	handle(t, manager, "/echo", echoServer(t))
	url := start(t, manager)
	expectStreaming(t, url+"/stream", second)
	expectEcho(t, url+"/echo")
}

// pattern is a large text that repeats nothing soon.
func pattern(size int) []byte {
	text := make([]byte, size)
	for index := range text {
		text[index] = byte(index) ^ byte(index>>8) ^ byte(index>>16)
	}
	return text
}

func TestLargeBodiesGoBothWays(t *testing.T) {
	text := pattern(32 << 20)
	manager := newManager(t)
	handle(t, manager, "/take", func(w http.ResponseWriter, r *http.Request) {
		hash := sha256.New()
		length, err := io.Copy(hash, r.Body)
		fmt.Fprintf(w, "%d %x %v", length, hash.Sum(nil), err)
	})
	handle(t, manager, "/give", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, bytes.NewReader(text))
	})
	handle(t, manager, "/echo", func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			t.Errorf("reading while it writes: %v", err)
		}
		_, _ = io.Copy(w, r.Body)
	})
	url := start(t, manager)
	hash := sha256.Sum256(text)
	_, taken := fetch(t, "POST", url+"/take", string(text))
	expect(t, "what the handler took", taken, fmt.Sprintf("%d %x <nil>", len(text), hash))
	_, given := fetch(t, "GET", url+"/give", "")
	expect(t, "what came", sha256.Sum256([]byte(given)), hash)
	_, given = fetch(t, "POST", url+"/echo", string(text))
	expect(t, "what came back", sha256.Sum256([]byte(given)), hash)
}

func TestTheContextEndsWithTheClient(t *testing.T) {
	arrived, ended := make(chan struct{}), make(chan error, 1)
	manager := newManager(t)
	handle(t, manager, "/x", func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		select {
		case <-r.Context().Done():
			ended <- r.Context().Err()
		case <-time.After(patience):
			ended <- nil
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", start(t, manager)+"/x", nil)
	must(t, err)
	go func() {
		if response, err := http.DefaultClient.Do(request); err == nil {
			t.Errorf("an answer came: %d", response.StatusCode)
			_ = response.Body.Close()
		}
	}()
	within(t, "the request", arrived)
	cancel()
	expectError(t, within(t, "the end of the context", ended), context.Canceled)
}

// Handlers come and go under load: each request gets the handler's answer, or is told that there is no route.
func TestRemovalUnderLoad(t *testing.T) {
	manager := newManager(t)
	url := start(t, manager) + "/x/"
	var served, missed atomic.Int64
	clients := underLoad(t, 4, func() error {
		response, err := http.Get(url)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		switch {
		case err != nil:
			return err
		case string(body) == "x /x/\n":
			served.Add(1)
		case string(body) == "404 Not Found: no route takes this path\n":
			missed.Add(1)
		default:
			return fmt.Errorf("the answer is %d %q", response.StatusCode, body)
		}
		return nil
	})
	eventually(t, "both are met often", func() bool {
		for range 20 {
			handle(t, manager, "/x", saying("x"))
			must(t, manager.RemoveRoute("/x"))
		}
		return clients.failed() || (served.Load() > 100 && missed.Load() > 100)
	})
	clients.end()
}

func TestRequestsInProgressFinishWhenTheirHandlerIsRemoved(t *testing.T) {
	release := make(chan struct{})
	manager := newManager(t)
	handle(t, manager, "/x", slowly(t, release))
	url := start(t, manager)
	response, err := http.Get(url + "/x")
	must(t, err)
	defer response.Body.Close()
	must(t, manager.RemoveRoute("/x"))
	status, _ := get(t, url+"/x")
	expect(t, "the status of a later request", status, http.StatusNotFound)
	close(release)
	body, err := io.ReadAll(response.Body)
	must(t, err)
	expect(t, "the answer", string(body), "first\nsecond\n")
}

func TestStopLetsHandlersFinishUntilItsDeadline(t *testing.T) {
	for _, test := range []struct {
		name     string
		deadline time.Duration
		cutOff   int
	}{{"in time", patience, 0}, {"late", time.Millisecond, 1}} {
		t.Run(test.name, func(t *testing.T) {
			release, ended := make(chan struct{}), make(chan struct{})
			manager := newManager(t)
			handle(t, manager, "/x", func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(w, "begun")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-release:
				case <-r.Context().Done():
				}
				close(ended)
			})
			response, err := http.Get(start(t, manager) + "/x")
			must(t, err)
			defer response.Body.Close()
			if test.cutOff == 0 {
				close(release)
			}
			cutOff, err := manager.Stop(test.deadline)
			must(t, err)
			expect(t, "the number of requests cut off", cutOff, test.cutOff)
			_, err = io.Copy(io.Discard, response.Body)
			expect(t, "the answer broke off", err != nil, test.cutOff > 0)
			within(t, "the end of the handler", ended)
		})
	}
}

func TestAHandlerMayStopItsManager(t *testing.T) {
	stopped := make(chan int, 1)
	manager := newManager(t)
	handle(t, manager, "/x", func(w http.ResponseWriter, r *http.Request) {
		cutOff, err := manager.Stop(10 * time.Millisecond)
		if err != nil {
			t.Errorf("stopping: %v", err)
		}
		stopped <- cutOff
	})
	url := start(t, manager)
	if _, err := http.Get(url + "/x"); err == nil {
		t.Error("a request was answered whose handler waited for its end")
	}
	expect(t, "the number of requests cut off", within(t, "the stop", stopped), 1)
}
