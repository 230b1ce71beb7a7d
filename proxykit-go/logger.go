package proxykit

import (
	"context"
	"log/slog"
	"strings"
)

// SetLogger has what happens in the manager written to logger, from here on until it has stopped: routes and backends
// that come and go, start and stop at [slog.LevelInfo]; backends that fail their checks, refused certificates, a stop that has
// cut requests off and lost events at [slog.LevelWarn]; handlers that panic, and what else their server reports, at [slog.LevelError]. A logger that was
// set before hears no more; nil is none.
//
// A goroutine of its own writes of events, so that a slow logger holds nothing up; one that does not keep up loses events, as
// [RouteManager.Events] says. It ends when the manager has stopped, or with SetLogger(nil).
//
// Errors: as [RouteManager.Events].
func (m *RouteManager) SetLogger(logger *slog.Logger) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.endLogging != nil {
		m.endLogging()
		m.endLogging = nil
	}
	m.logger.Store(nil)
	if logger == nil {
		return nil
	}
	ctx, end := context.WithCancel(context.Background())
	events, err := m.Events(ctx)
	if err != nil {
		end()
		return err
	}
	m.endLogging = end
	m.logger.Store(logger)
	go func() {
		for event := range events {
			// The end of the context interrupts the wait for events, and one may come before that.
			if ctx.Err() == nil {
				event.log(ctx, logger)
			}
		}
	}()
	return nil
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

func (event Event) log(ctx context.Context, logger *slog.Logger) {
	level := slog.LevelInfo
	switch event.Kind {
	case EventBackendUnhealthy, EventCertificatesRefused, EventsLost:
		level = slog.LevelWarn
	case EventStopped:
		if event.Count > 0 {
			level = slog.LevelWarn
		}
	}
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
	logger.LogAttrs(ctx, level, "proxykit: "+strings.ReplaceAll(string(event.Kind), "_", " "), attributes...)
}
