package proxykit

/*
#include "proxykit.h"
*/
import "C"

import "context"

// EventKind says what has happened. The names are the same in every language; later versions may have more of them.
type EventKind string

const (
	// EventStarted: the threads run, and connections are accepted at Address, if there is a listener.
	EventStarted EventKind = "started"
	// EventStopped: all threads have ended; Count requests and tunnels were cut off. It is the last event.
	EventStopped EventKind = "stopped"
	// EventRouteAdded: a route came; its first backends follow, each with an event of its own.
	EventRouteAdded EventKind = "route_added"
	// EventRouteRemoved: a route went, behind its backends.
	EventRouteRemoved EventKind = "route_removed"
	// EventBackendAdded: a backend came. It counts as healthy until a check says otherwise.
	EventBackendAdded EventKind = "backend_added"
	// EventBackendRemoved: a backend went. Nothing more is told of its health.
	EventBackendRemoved EventKind = "backend_removed"
	// EventBackendHealthy: a backend answers its checks again.
	EventBackendHealthy EventKind = "backend_healthy"
	// EventBackendUnhealthy: a backend has failed its checks; Message says how the last one failed.
	EventBackendUnhealthy EventKind = "backend_unhealthy"
	// EventCertificatesReloaded: the files of certificates and keys were read again, and are in force.
	EventCertificatesReloaded EventKind = "certificates_reloaded"
	// EventCertificatesRefused: the files could not be used, for what Message says; those before them stay in force.
	EventCertificatesRefused EventKind = "certificates_refused"
	// EventsLost: the program did not keep up; Count events that would stand here are lost.
	EventsLost EventKind = "events_lost"
)

// Event is something that has happened in a manager. Fields that its kind does not speak of are empty.
type Event struct {
	// Kind is what has happened.
	Kind EventKind
	// Prefix is the route that it happened to, or to a backend of which.
	Prefix string
	// Target is the backend that it happened to.
	Target string
	// Address is where connections are accepted.
	Address string
	// Message says why, in words for people.
	Message string
	// Count is how many, of [EventStopped] and [EventsLost].
	Count int
}

// Events gives what happens from here on, in the order of what has happened: routes and backends that come and go, their
// health, certificates, start and stop. It may be called before Start and while the manager runs, any number of times;
// each channel gets all.
//
// The channel is closed behind the last event, [EventStopped], and when the context is done. Receive until then, or end the
// context: else a goroutine waits for ever. Up to 1,024 events wait to be received; what comes when so many wait is lost, and
// [EventsLost] stands in its place.
//
// Errors: [ErrStopped] after Close, [ErrStartFailed] if there is no descriptor, [ErrForked].
func (m *RouteManager) Events(ctx context.Context) (<-chan Event, error) {
	var native *C.pk_events
	err := m.handle.call(func(c *call) C.pk_status { return C.pk_events_open(c.manager, &native, &c.failure) })
	if err != nil {
		return nil, err
	}
	subscription, err := subscribe(
		func(c *call, fd *C.int) C.pk_status { return C.pk_events_fd(native, fd, &c.failure) },
		func() (Event, error) { return takeEvent(native) },
		func() { C.pk_events_free(native) },
	)
	if err != nil {
		return nil, err
	}
	events := make(chan Event)
	go subscription.run(ctx, events)
	return events, nil
}

// takeEvent gives an event that is there, or ErrTimedOut.
func takeEvent(events *C.pk_events) (Event, error) {
	var native *C.pk_event
	err := callCore(nil, func(c *call) C.pk_status { return C.pk_events_next(events, 0, &native, &c.failure) })
	if err != nil {
		return Event{}, err
	}
	defer C.pk_event_free(native)
	return eventOf(native), nil
}

func eventOf(native *C.pk_event) Event {
	return Event{
		Kind:    EventKind(C.GoString(C.pk_event_name(native))),
		Prefix:  C.GoString(C.pk_event_prefix(native)),
		Target:  C.GoString(C.pk_event_target(native)),
		Address: C.GoString(C.pk_event_address(native)),
		Message: C.GoString(C.pk_event_message(native)),
		Count:   int(C.pk_event_count(native)),
	}
}
