package proxykit_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// underTraffic serves a backend and a handler, asks for both without a pause, and gives the number of answers.
func underTraffic(t *testing.T) (traffic *load, answers *atomic.Int64) {
	t.Helper()
	target, _ := newBackend(t, "a")
	manager := newManager(t)
	addRoute(t, manager, "/x", target)
	handle(t, manager, "/handled", saying("handled"))
	url := start(t, manager)
	answers = new(atomic.Int64)
	return underLoad(t, 4, func() error {
		for _, path := range []string{"/x/", "/handled"} {
			if err := getOnce(url + path); err != nil {
				return err
			}
			answers.Add(1)
		}
		return nil
	}), answers
}

// The core calls nobody in Go for a request, and Go does not call the core.
func TestNoRequestCallsC(t *testing.T) {
	target, _ := newBackend(t, "a")
	manager := newManager(t)
	proxy := serveWithGo(t, addRoute(t, manager, "/x", target).Proxy)
	handle(t, manager, "/handled", saying("handled"))
	url := start(t, manager)
	ask := func() {
		for _, one := range []string{url + "/x/", url + "/handled", proxy + "/x/"} {
			must(t, getOnce(one))
		}
	}
	// The first requests ask once where the core listens.
	ask()
	before := runtime.NumCgoCall()
	for range 100 {
		ask()
	}
	expect(t, "the number of calls of C", runtime.NumCgoCall()-before, 0)
}

// Children get no descriptor of the manager's, and no signal mask of its threads.
func TestChildrenAreStartedWhileItServes(t *testing.T) {
	const script = "ls -l /proc/self/fd; grep SigBlk /proc/self/status"
	clean := inChild(t, script)
	traffic, answers := underTraffic(t)
	var starters sync.WaitGroup
	for range 4 {
		starters.Add(1)
		go func() {
			defer starters.Done()
			for range 25 {
				if got := inChild(t, script); got != clean {
					t.Errorf("a child has %s, and without a manager %s", got, clean)
				}
			}
		}()
	}
	starters.Wait()
	eventually(t, "requests are answered meanwhile", func() bool { return traffic.failed() || answers.Load() > 100 })
	traffic.end()
}

// inChild runs a script and gives the kinds of descriptors that it has, and the signals that are blocked.
func inChild(t *testing.T, script string) string {
	output, err := exec.Command("sh", "-c", script).Output()
	if err != nil {
		t.Errorf("a child: %v", err)
	}
	var found []string
	for _, line := range strings.Split(string(output), "\n") {
		if name, target, is := strings.Cut(line, " -> "); is {
			kind, _, _ := strings.Cut(target, ":")
			number := name[strings.LastIndexByte(name, ' ')+1:]
			if strings.HasPrefix(kind, "/proc/") {
				kind = "/proc" // The folder that ls looks into.
			}
			found = append(found, number+"="+kind)
		} else if strings.HasPrefix(line, "SigBlk") {
			found = append(found, line)
		}
	}
	return strings.Join(found, " ")
}

// Signals fly, the profiler's among them, garbage is collected all the time, and a goroutine turns in circles that only a signal
// gets it out of: no request may notice.
func TestSignalsFlyWhileItServes(t *testing.T) {
	const least = 200
	traffic, answers := underTraffic(t)
	enough := make(chan struct{})
	var disturbers sync.WaitGroup
	disturb := func(how func()) {
		disturbers.Add(1)
		go func() {
			defer disturbers.Done()
			for {
				select {
				case <-enough:
					return
				default:
					how()
				}
			}
		}()
	}

	heard := make(chan os.Signal, 100)
	signal.Notify(heard, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH)
	defer signal.Stop(heard)
	must(t, pprof.StartCPUProfile(io.Discard))
	defer pprof.StopCPUProfile()
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	var sent, received, turns atomic.Int64
	all := []syscall.Signal{syscall.SIGURG, syscall.SIGWINCH, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGCHLD, syscall.SIGPIPE}
	disturb(func() {
		for _, one := range all {
			if err := syscall.Kill(os.Getpid(), one); err != nil {
				t.Errorf("%v: %v", one, err)
			}
			sent.Add(1)
		}
		runtime.Gosched()
	})
	disturb(func() {
		select {
		case <-heard:
			received.Add(1)
		default:
			runtime.Gosched()
		}
	})
	disturb(func() { _ = fmt.Sprint(make([]byte, 1<<10)) })
	disturb(runtime.GC)
	disturb(func() { turnInCircles(); turns.Add(1) })
	eventually(t, "enough is answered under enough signals", func() bool {
		return traffic.failed() || (answers.Load() > least && sent.Load() > least && received.Load() > 100 && turns.Load() > 0)
	})
	close(enough)
	disturbers.Wait()
	traffic.end()
}

// turnInCircles calls nothing for a while: the scheduler has to stop it by a signal.
//
//go:noinline
func turnInCircles() (sum int) {
	for number := 0; number < 100_000_000; number++ {
		sum ^= number
	}
	return sum
}
