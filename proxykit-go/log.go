package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"context"
	"log/slog"
)

// LogRecord is a line of the log.
type LogRecord struct {
	// Level is how much it matters.
	Level slog.Level
	// Category is what it speaks of: lifecycle, routes, health, certificates, management, handlers, requests, log.
	Category string
	// Message is what has happened, to what, and why, on one line for people. Its words may change.
	Message string
	// Event is the event that it tells of; nil if it tells of none.
	Event *Event
}

// Log gives the records of the log from here on, of this level and those that matter more: all that [RouteManager.Events] tells,
// in words, and what goes wrong beside it. It may be called before Start and while the manager runs, any number of times.
//
// The channel is closed behind the last record, and when the context is done. Receive until then, or end the context: else a
// goroutine waits for ever. Up to 1,024 records wait to be received; what comes when so many wait is lost, and a record of the
// category log stands in its place.
//
// Errors: as [RouteManager.Events].
func (m *RouteManager) Log(ctx context.Context, level slog.Level) (<-chan LogRecord, error) {
	var native *C.pk_log
	err := m.handle.call(func(c *call) C.pk_status {
		return C.pk_log_open(c.manager, nativeLevel(level), &native, &c.failure)
	})
	if err != nil {
		return nil, err
	}
	subscription, err := subscribe(
		func(c *call, fd *C.int) C.pk_status { return C.pk_log_fd(native, fd, &c.failure) },
		func() (LogRecord, error) { return takeRecord(native) },
		func() { C.pk_log_free(native) },
	)
	if err != nil {
		return nil, err
	}
	records := make(chan LogRecord)
	go subscription.run(ctx, records)
	return records, nil
}

// takeRecord gives a record that is there, or ErrTimedOut.
func takeRecord(log *C.pk_log) (LogRecord, error) {
	var native *C.pk_log_record
	err := callCore(nil, func(c *call) C.pk_status { return C.pk_log_next(log, 0, &native, &c.failure) })
	if err != nil {
		return LogRecord{}, err
	}
	defer C.pk_log_record_free(native)
	record := LogRecord{
		Level:    levelOf(C.pk_log_record_level(native)),
		Category: C.GoString(C.pk_log_record_category(native)),
		Message:  C.GoString(C.pk_log_record_message(native)),
	}
	if event := C.pk_log_record_event(native); event != nil {
		told := eventOf(event)
		record.Event = &told
	}
	return record, nil
}

// levels are the core's, from the one that matters most.
var levels = []struct {
	native C.uint32_t
	level  slog.Level
}{
	{C.PK_LOG_ERROR, slog.LevelError},
	{C.PK_LOG_WARN, slog.LevelWarn},
	{C.PK_LOG_INFO, slog.LevelInfo},
	{C.PK_LOG_DEBUG, slog.LevelDebug},
}

// nativeLevel gives the last of the core's levels that is wanted where this one is; slog has others between them.
func nativeLevel(level slog.Level) C.uint32_t {
	native := levels[0].native
	for _, known := range levels[1:] {
		if level <= known.level {
			native = known.native
		}
	}
	return native
}

func levelOf(native C.uint32_t) slog.Level {
	for _, known := range levels {
		if known.native == native {
			return known.level
		}
	}
	return slog.LevelInfo
}
