package proxykit_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"proxykit"
	"proxykit/internal/cmemory"
)

// live is the whole life of a manager that uses all that leaves something behind if it is forgotten.
func live(t *testing.T, target string) {
	t.Helper()
	manager, err := proxykit.NewManager(proxykit.Options{Workers: 2})
	must(t, err)
	must(t, manager.SetLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	ctx, cancel := context.WithCancel(context.Background())
	events, err := manager.Events(ctx)
	must(t, err)
	addRoute(t, manager, "/x", target)
	handle(t, manager, "/handled", saying("handled"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, manager.StartListener(listener))
	must(t, listener.Close())

	transport := &http.Transport{DisableKeepAlives: true}
	client := http.Client{Transport: transport, Timeout: patience}
	for path, status := range map[string]int{"/x/": 200, "/handled": 200, "/none": 404} {
		response, err := client.Get(urlOf(t, manager) + path)
		must(t, err)
		must(t, response.Body.Close())
		expect(t, "the status", response.StatusCode, status)
	}
	expectError(t, manager.RemoveRoute("/none"), proxykit.ErrRouteNotFound)
	_, err = manager.Routes()
	must(t, err)
	must(t, manager.RemoveRoute("/handled"))
	_, err = manager.Stop(time.Second)
	must(t, err)
	must(t, manager.Close())
	cancel()
	for range events {
	}
}

// exactly runs the test in a process of its own, where the C library keeps no freed memory aside: what is in use there is
// what nobody has freed, to the byte.
func exactly(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	const variable, exact = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0:glibc.malloc.arena_max=1"
	if os.Getenv(variable) == exact {
		test(t)
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	command.Env = append(os.Environ(), variable+"="+exact)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, output)
	}
}

// remains is what a process holds that could grow.
type remains struct {
	goroutines, descriptors int
	memory                  int64
}

func remaining(t *testing.T) remains {
	t.Helper()
	return remains{runtime.NumGoroutine(), countDescriptors(t), cmemory.InUse()}
}

// expectNoMore waits until nothing has grown. Of memory, less than the smallest piece in each life may be more: there are
// tables that grow once.
func (before remains) expectNoMore(t *testing.T, lives int64) {
	t.Helper()
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before.goroutines })
	eventually(t, "no descriptor is left", func() bool { return countDescriptors(t) <= before.descriptors })
	const smallestPiece = 32
	eventually(t, "no memory of C's is left", func() bool {
		collectGarbage(t)
		return cmemory.InUse()-before.memory < lives*smallestPiece
	})
}

// collectGarbage waits until the finalizers of what is garbage now have run.
func collectGarbage(t *testing.T) {
	t.Helper()
	done := make(chan struct{})
	runtime.SetFinalizer(new([64]byte), func(any) { close(done) })
	// What was kept by something with a finalizer goes in the second round.
	runtime.GC()
	runtime.GC()
	within(t, "a finalizer", done)
}

func TestManyLivesLeaveNothing(t *testing.T) {
	exactly(t, func(t *testing.T) {
		target, _ := newBackend(t, "a")
		const warmUp, lives = 50, 200
		for range warmUp {
			live(t, target)
		}
		before := remaining(t)
		for range lives {
			live(t, target)
		}
		before.expectNoMore(t, lives)
	})
}

// Managers that never ran and that nobody closes are freed when nothing refers to them.
func TestForgottenManagersLeaveNothing(t *testing.T) {
	exactly(t, func(t *testing.T) {
		forget := func(managers int) {
			for range managers {
				manager := proxykit.NewRouteManager()
				addRoute(t, manager, "/x", "http://127.0.0.1:1", "http://127.0.0.1:2")
				must(t, manager.Handle("/handled", saying("handled")))
			}
			collectGarbage(t)
		}
		forget(100)
		before := remaining(t)
		forget(400)
		before.expectNoMore(t, 400)
	})
}
