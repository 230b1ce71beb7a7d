package proxykit_test

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"proxykit"
)

func subscribe(t *testing.T, manager *proxykit.RouteManager, ctx context.Context) <-chan proxykit.Event {
	t.Helper()
	events, err := manager.Events(ctx)
	must(t, err)
	return events
}

func TestEventsComeInOrderAndEndWithTheStop(t *testing.T) {
	manager := newManager(t)
	events := subscribe(t, manager, context.Background())
	off := proxykit.RouteOptions{HealthCheck: proxykit.Off}
	_, err := manager.AddRouteWith("/x", []string{"http://a"}, off)
	must(t, err)
	start(t, manager)
	address, err := manager.Address()
	must(t, err)
	must(t, manager.RemoveRoute("/x"))
	_, err = manager.Stop(time.Second)
	must(t, err)
	for _, want := range []proxykit.Event{
		{Kind: proxykit.EventRouteAdded, Prefix: "/x/"},
		{Kind: proxykit.EventBackendAdded, Prefix: "/x/", Target: "http://a"},
		{Kind: proxykit.EventStarted, Address: address},
		{Kind: proxykit.EventBackendRemoved, Prefix: "/x/", Target: "http://a"},
		{Kind: proxykit.EventRouteRemoved, Prefix: "/x/"},
		{Kind: proxykit.EventStopped},
	} {
		expect(t, "the event", within(t, "an event", events), want)
	}
	expectClosed(t, events)
	expectClosed(t, subscribe(t, manager, context.Background()))
	must(t, manager.Close())
	_, err = manager.Events(context.Background())
	expectError(t, err, proxykit.ErrStopped)
}

func expectClosed(t *testing.T, events <-chan proxykit.Event) {
	t.Helper()
	select {
	case event, open := <-events:
		if open {
			t.Errorf("%v came, and nothing should come any more", event)
		}
	case <-time.After(patience):
		t.Fatal("the channel is not closed")
	}
}

func TestHealthIsTold(t *testing.T) {
	manager := newManager(t)
	start(t, manager)
	events := subscribe(t, manager, context.Background())
	options := proxykit.RouteOptions{HealthInterval: 20 * time.Millisecond}
	_, err := manager.AddRouteWith("/x", []string{"http://127.0.0.1:1"}, options)
	must(t, err)
	within(t, "the route", events)
	within(t, "the backend", events)
	event := within(t, "its health", events)
	expect(t, "the kind", event.Kind, proxykit.EventBackendUnhealthy)
	expect(t, "the target", event.Target, "http://127.0.0.1:1")
	if event.Message == "" {
		t.Error("it does not say why")
	}
	must(t, manager.Close())
	within(t, "the last event", events)
	expectClosed(t, events)
}

func TestEventsThatNobodyReceivesAreCounted(t *testing.T) {
	manager := newManager(t)
	events := subscribe(t, manager, context.Background())
	for range 600 {
		_, err := manager.AddRouteWith("/x", nil, proxykit.RouteOptions{})
		must(t, err)
		must(t, manager.RemoveRoute("/x"))
	}
	must(t, manager.Close())
	received, lost := 0, 0
	for event := range events {
		received++
		if event.Kind == proxykit.EventsLost {
			lost += event.Count
			received--
		}
	}
	expect(t, "the number of events", received+lost, 1201)
	if lost == 0 {
		t.Error("none was lost, of more than there is room for")
	}
}

// Many come and go, with contexts that end before, while, and after something happens.
func TestEventsEndWithTheirContextAndLeaveNothing(t *testing.T) {
	manager := newManager(t)
	start(t, manager)
	cycle := func(end func(cancel func(), events <-chan proxykit.Event)) {
		ctx, cancel := context.WithCancel(context.Background())
		events := subscribe(t, manager, ctx)
		end(cancel, events)
		for range events {
		}
		cancel()
	}
	cycles := func() {
		cycle(func(cancel func(), _ <-chan proxykit.Event) { cancel() })
		cycle(func(cancel func(), events <-chan proxykit.Event) {
			_, err := manager.AddRouteWith("/x", nil, proxykit.RouteOptions{})
			must(t, err)
			expect(t, "the event", within(t, "an event", events).Kind, proxykit.EventRouteAdded)
			must(t, manager.RemoveRoute("/x"))
			go cancel()
		})
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		expectClosed(t, subscribe(t, manager, ended))
	}
	cycles()
	goroutines, descriptors := runtime.NumGoroutine(), countDescriptors(t)
	for range 50 {
		cycles()
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, "no descriptor is left", func() bool { return countDescriptors(t) <= descriptors })
}

func countDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(entries)
}
