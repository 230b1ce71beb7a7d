package proxykit_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"proxykit"
)

// requestInProgress gives a request whose handler waits for release or for the end of its context.
func requestInProgress(t *testing.T, manager *proxykit.RouteManager, release <-chan struct{}) *http.Response {
	t.Helper()
	handle(t, manager, "/x", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "begun")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
		fmt.Fprintln(w, "ended")
	})
	response, err := http.Get(start(t, manager) + "/x")
	must(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestShutdownLetsRequestsFinish(t *testing.T) {
	release := make(chan struct{})
	manager := newManager(t)
	response := requestInProgress(t, manager, release)
	url := urlOf(t, manager)
	ended := make(chan error, 1)
	go func() { ended <- manager.Shutdown(context.Background()) }()
	eventually(t, "no connection is accepted", func() bool {
		connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err == nil {
			_ = connection.Close()
		}
		return err != nil
	})
	close(release)
	body, err := io.ReadAll(response.Body)
	must(t, err)
	expect(t, "the answer", string(body), "begun\nended\n")
	must(t, within(t, "the end", ended))
	must(t, manager.Shutdown(context.Background()))
}

func TestShutdownCutsOffWhenItsContextIsDone(t *testing.T) {
	for name, test := range map[string]struct {
		context func() (context.Context, context.CancelFunc)
		are     []error
	}{
		"deadline": {
			func() (context.Context, context.CancelFunc) {
				return context.WithTimeout(context.Background(), 10*time.Millisecond)
			},
			[]error{context.DeadlineExceeded, os.ErrDeadlineExceeded, proxykit.ErrTimedOut},
		},
		"cancelled before": {
			func() (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(context.Background())
				cancel()
				return ctx, cancel
			},
			[]error{context.Canceled},
		},
	} {
		t.Run(name, func(t *testing.T) {
			manager := newManager(t)
			requestInProgress(t, manager, nil)
			ctx, cancel := test.context()
			defer cancel()
			err := manager.Shutdown(ctx)
			for _, is := range test.are {
				expectError(t, err, is)
			}
			if err != nil && !strings.Contains(err.Error(), "cut off: 1") {
				t.Errorf("%v does not say how many", err)
			}
		})
	}
}

func TestShutdownEndsWithAnotherStop(t *testing.T) {
	manager := newManager(t)
	requestInProgress(t, manager, nil)
	ended := make(chan error, 1)
	go func() { ended <- manager.Shutdown(context.Background()) }()
	_, err := manager.Stop(0)
	must(t, err)
	expectError(t, within(t, "the end", ended), proxykit.ErrTimedOut)
	must(t, manager.Close())
	expectError(t, manager.Shutdown(context.Background()), proxykit.ErrStopped)
}

func TestErrorsAreThoseOfTheStandardLibraryToo(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer other.Close()
	manager := newManager(t)
	expectError(t, manager.Start(other.Addr().String()), syscall.EADDRINUSE)
	must(t, manager.Close())
	_, err = manager.Routes()
	expectError(t, err, net.ErrClosed)
	for _, foreign := range []error{syscall.EADDRINUSE, os.ErrDeadlineExceeded, io.EOF} {
		if proxykit.ErrStopped.(*proxykit.Error).Is(foreign) {
			t.Errorf("stopped is %v", foreign)
		}
	}
	var closer io.Closer = manager
	must(t, closer.Close())
}
