package proxykit_test

import (
	"log/slog"
	"testing"
	"time"

	"proxykit"
)

// lines hands on what is logged, line by line.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// newLogger writes without the time.
func newLogger(written lines) *slog.Logger {
	withoutTime := func(_ []string, attribute slog.Attr) slog.Attr {
		if attribute.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return attribute
	}
	return slog.New(slog.NewTextHandler(written, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
}

func TestWhatHappensIsLogged(t *testing.T) {
	manager, first, second := newManager(t), make(lines, 100), make(lines, 100)
	must(t, manager.SetLogger(newLogger(first)))
	_, err := manager.AddRouteWith("/x", []string{"http://127.0.0.1:1"}, proxykit.RouteOptions{})
	must(t, err)
	expect(t, "the line", within(t, "a line", first), `level=INFO msg="proxykit: route added" prefix=/x/`+"\n")
	expect(t, "the line", within(t, "a line", first),
		`level=INFO msg="proxykit: backend added" prefix=/x/ target=http://127.0.0.1:1`+"\n")

	must(t, manager.SetLogger(newLogger(second)))
	start(t, manager)
	address, err := manager.Address()
	must(t, err)
	expect(t, "the line", within(t, "a line", second), `level=INFO msg="proxykit: started" address=`+address+"\n")
	unhealthy := within(t, "a line", second)
	const beginning = `level=WARN msg="proxykit: backend unhealthy" prefix=/x/ target=http://127.0.0.1:1 reason=`
	if len(unhealthy) <= len(beginning) || unhealthy[:len(beginning)] != beginning {
		t.Errorf("%q does not begin with %q", unhealthy, beginning)
	}
	_, err = manager.Stop(time.Second)
	must(t, err)
	expect(t, "the line", within(t, "a line", second), `level=INFO msg="proxykit: stopped" count=0`+"\n")
	if len(first) != 0 {
		t.Errorf("the logger that was replaced heard %q", <-first)
	}
	must(t, manager.SetLogger(nil))
	must(t, manager.Close())
	expectError(t, manager.SetLogger(newLogger(first)), proxykit.ErrStopped)
}
