package proxykit_test

import (
	"context"
	"log/slog"
	"strings"
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

func TestALoggerHearsOfRequestsIfItWantsTo(t *testing.T) {
	manager, quiet, loud := newManager(t), make(lines, 100), make(lines, 100)
	_, err := manager.AddRouteWith("/x", nil, proxykit.RouteOptions{})
	must(t, err)
	url := start(t, manager) + "/x/"
	must(t, manager.SetLogger(newLogger(quiet)))
	code, _ := get(t, url)
	expect(t, "the status", code, 503)
	must(t, manager.SetLogger(slog.New(slog.NewTextHandler(loud, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	code, _ = get(t, url)
	expect(t, "the status", code, 503)
	line := within(t, "a line", loud)
	const end = ` level=DEBUG msg="proxykit: request refused: /x/: 503 no_healthy_backend: no healthy backend" category=requests` + "\n"
	if !strings.HasSuffix(line, end) {
		t.Errorf("%q does not end with %q", line, end)
	}
	if len(quiet) != 0 {
		t.Errorf("a logger that takes no such level heard %q", <-quiet)
	}
}

func TestAStopReturnsBehindTheLastLine(t *testing.T) {
	for range 100 {
		manager, written := newManager(t), make(lines, 100)
		must(t, manager.SetLogger(newLogger(written)))
		_, err := manager.Stop(time.Second)
		must(t, err)
		if len(written) != 1 {
			t.Fatalf("%d lines were written", len(written))
		}
		expect(t, "the line", <-written, `level=INFO msg="proxykit: stopped" count=0`+"\n")
	}
}

func TestALoggerThatHangsHoldsUpNoStop(t *testing.T) {
	manager, written := newManager(t), make(lines)
	must(t, manager.SetLogger(newLogger(written)))
	_, err := manager.Stop(time.Second)
	must(t, err)
	expect(t, "the line", within(t, "a line", written), `level=INFO msg="proxykit: stopped" count=0`+"\n")
}

func TestTheLogIsAChannel(t *testing.T) {
	manager := newManager(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	records, err := manager.Log(context.Background(), slog.LevelInfo)
	must(t, err)
	warnings, err := manager.Log(ctx, slog.LevelWarn)
	must(t, err)
	_, err = manager.AddRouteWith("/x", nil, proxykit.RouteOptions{})
	must(t, err)
	record := within(t, "a record", records)
	expect(t, "the event", *record.Event, proxykit.Event{Kind: proxykit.EventRouteAdded, Prefix: "/x/"})
	record.Event = nil
	want := proxykit.LogRecord{Level: slog.LevelInfo, Category: "routes", Message: "route added: /x/"}
	expect(t, "the record", record, want)
	_, err = manager.Manage("GET", "/endpoints/list?prefixPath=/y", nil)
	must(t, err)
	record = within(t, "a record", records)
	if record.Category != "management" || record.Event != nil {
		t.Errorf("got %+v", record)
	}
	cancel()
	expectEnd(t, warnings)
	_, err = manager.Stop(time.Second)
	must(t, err)
	expect(t, "the message", within(t, "a record", records).Message, "stopped: 0 cut off")
	expectEnd(t, records)
	must(t, manager.Close())
	_, err = manager.Log(context.Background(), slog.LevelInfo)
	expectError(t, err, proxykit.ErrStopped)
}

func expectEnd(t *testing.T, records <-chan proxykit.LogRecord) {
	t.Helper()
	select {
	case record, open := <-records:
		if open {
			t.Errorf("%v came, and nothing should come any more", record)
		}
	case <-time.After(patience):
		t.Fatal("the channel is not closed")
	}
}
