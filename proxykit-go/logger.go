package proxykit

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// SetLogger has what [RouteManager.Log] gives written to logger, from here on until the manager has stopped: start and stop, routes
// and backends that come and go at [slog.LevelInfo]; backends that fail their checks, refused certificates, a stop that has
// cut requests off and lost records at [slog.LevelWarn]; at [slog.LevelDebug] what went wrong with single requests; and at
// [slog.LevelError] what does not work, handlers that panic, and what else their server reports. A logger that was set before hears no
// more; nil is none.
//
// What an event tells is written as attributes (prefix, target, address, reason, count), all else with the attribute category. The
// levels that the logger takes are asked for once, here.
//
// A goroutine of its own writes, so that a slow logger holds nothing up; one that does not keep up loses records, as
// [RouteManager.Log] says. It ends when the manager has stopped, or with SetLogger(nil). Stop, Shutdown and Close return behind the last
// line, or after a second if the logger takes longer.
//
// Errors: as [RouteManager.Log].
func (m *RouteManager) SetLogger(logger *slog.Logger) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.endLogging != nil {
		m.endLogging()
		m.endLogging, m.logged = nil, nil
	}
	m.logger.Store(nil)
	if logger == nil {
		return nil
	}
	ctx, end := context.WithCancel(context.Background())
	records, err := m.Log(ctx, levelFor(ctx, logger))
	if err != nil {
		end()
		return err
	}
	logged := make(chan struct{})
	m.endLogging, m.logged = end, logged
	m.logger.Store(logger)
	go func() {
		defer close(logged)
		for record := range records {
			// The end of the context interrupts the wait for records, and one may come before that.
			if ctx.Err() == nil {
				record.log(ctx, logger)
			}
		}
	}()
	return nil
}

// lastWords is how long a logger is waited for at the end. One that hangs would hold it up for ever, and so would one that has
// the manager stopped.
const lastWords = time.Second

// waitForLogger waits until the logger has written all.
func (m *RouteManager) waitForLogger() {
	m.mutex.Lock()
	logged := m.logged
	m.mutex.Unlock()
	if logged == nil {
		return
	}
	select {
	case <-logged:
	case <-time.After(lastWords):
	}
}

// handlerLog takes what the handlers' server would print.
type handlerLog struct{ manager *RouteManager }

func (l handlerLog) Write(line []byte) (int, error) {
	if logger := l.manager.logger.Load(); logger != nil {
		reason := strings.TrimSuffix(string(line), "\n")
		logger.LogAttrs(context.Background(), slog.LevelError, "proxykit: handler error", slog.String("reason", reason))
	}
	return len(line), nil
}

// levelFor gives the last level that the logger takes.
func levelFor(ctx context.Context, logger *slog.Logger) slog.Level {
	taken := slog.LevelError
	for _, known := range levels {
		if logger.Enabled(ctx, known.level) {
			taken = known.level
		}
	}
	return taken
}

func (record LogRecord) log(ctx context.Context, logger *slog.Logger) {
	if record.Event == nil {
		logger.LogAttrs(ctx, record.Level, "proxykit: "+record.Message, slog.String("category", record.Category))
		return
	}
	event := record.Event
	var attributes []slog.Attr
	for _, field := range []struct{ name, value string }{
		{"prefix", event.Prefix}, {"target", event.Target}, {"address", event.Address}, {"reason", event.Message},
	} {
		if field.value != "" {
			attributes = append(attributes, slog.String(field.name, field.value))
		}
	}
	if event.Kind == EventStopped || event.Kind == EventsLost {
		attributes = append(attributes, slog.Int("count", event.Count))
	}
	logger.LogAttrs(ctx, record.Level, "proxykit: "+strings.ReplaceAll(string(event.Kind), "_", " "), attributes...)
}
