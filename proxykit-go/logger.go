package proxykit

import (
	"context"
	"log/slog"
	"strings"
)

// SetLogger has what happens in the manager written to logger, from here on until it has stopped: routes and backends
// that come and go, start and stop at [slog.LevelInfo]; backends that fail their checks, refused certificates and lost
// events at [slog.LevelWarn]. A logger that was set before hears no more; nil is none.
//
// A goroutine of its own writes, so that a slow logger holds nothing up; one that does not keep up loses events, as
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
	go func() {
		for event := range events {
			event.log(ctx, logger)
		}
	}()
	return nil
}

func (event Event) log(ctx context.Context, logger *slog.Logger) {
	level := slog.LevelInfo
	switch event.Kind {
	case EventBackendUnhealthy, EventCertificatesRefused, EventsLost:
		level = slog.LevelWarn
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
