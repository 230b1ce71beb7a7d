package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"proxykit"
)

// call is a command whose arguments were read.
type call func(m *proxykit.Manager) ([]string, error)

// calls are the commands that need a manager. They read their arguments, and are carried out if all could be read.
var calls = map[string]func(a *arguments) call{
	"add_route": func(a *arguments) call {
		prefix, targets, options := a.text(), a.texts(), a.routeOptions()
		return func(m *proxykit.Manager) ([]string, error) {
			_, err := m.AddRouteWith(prefix, targets, options)
			return nil, err
		}
	},
	"handle": func(a *arguments) call {
		prefix, handler := a.text(), a.handler()
		return func(m *proxykit.Manager) ([]string, error) {
			return nil, m.HandleFunc(prefix, handler)
		}
	},
	"remove_route": func(a *arguments) call {
		prefix := a.text()
		return func(m *proxykit.Manager) ([]string, error) {
			return nil, m.RemoveRoute(prefix)
		}
	},
	"add_backends": func(a *arguments) call {
		prefix, targets, config := a.text(), a.texts(), a.healthCheck()
		return func(m *proxykit.Manager) ([]string, error) {
			if config == nil {
				return count(m.AddBackends(prefix, targets))
			}
			return count(m.AddBackendsWith(prefix, targets, *config))
		}
	},
	"remove_backends": func(a *arguments) call {
		prefix, targets := a.text(), a.texts()
		return func(m *proxykit.Manager) ([]string, error) {
			return count(m.RemoveBackends(prefix, targets))
		}
	},
	"list_backends": func(a *arguments) call {
		prefix := a.text()
		return func(m *proxykit.Manager) ([]string, error) {
			backends, err := m.ListBackends(prefix)
			return statuses(backends), err
		}
	},
	"report_load": func(a *arguments) call {
		prefix, target, load := a.text(), a.text(), a.number(a.text())
		return func(m *proxykit.Manager) ([]string, error) {
			return nil, m.ReportLoad(prefix, target, load)
		}
	},
	"get_backend": func(a *arguments) call {
		prefix, target := a.text(), a.text()
		return func(m *proxykit.Manager) ([]string, error) {
			backend, err := m.GetBackend(prefix, target)
			return statuses([]proxykit.BackendStatus{backend}), err
		}
	},
	"list_routes": func(_ *arguments) call {
		return func(m *proxykit.Manager) ([]string, error) {
			var values []string
			routes, err := m.Routes()
			for _, route := range routes {
				values = append(values, route.Prefix, string(route.Balancer))
			}
			return values, err
		}
	},
	"counters": func(a *arguments) call {
		prefix, target := a.text(), a.textOrNone()
		return func(m *proxykit.Manager) ([]string, error) {
			if target != "" {
				backend, err := m.GetBackend(prefix, target)
				return counted(backend.Counters), err
			}
			routes, err := m.Routes()
			for _, route := range routes {
				if strings.Trim(route.Prefix, "/") == strings.Trim(prefix, "/") {
					return counted(route.Counters), err
				}
			}
			return nil, errors.Join(err, errors.New("there is no such route"))
		}
	},
	"totals": func(_ *arguments) call {
		return func(m *proxykit.Manager) ([]string, error) {
			totals, err := m.Totals()
			return counted(totals.Counters), err
		}
	},
	"connections": func(_ *arguments) call {
		return func(m *proxykit.Manager) ([]string, error) {
			totals, err := m.Totals()
			connections := totals.Connections
			return numbers(connections.Open, connections.Accepted, connections.Refused), err
		}
	},
	"start": func(a *arguments) call {
		listen := a.textOrNone()
		return func(m *proxykit.Manager) ([]string, error) {
			return nil, m.Start(listen)
		}
	},
	"address": func(_ *arguments) call {
		return func(m *proxykit.Manager) ([]string, error) {
			address, err := m.Address()
			return []string{address}, err
		}
	},
	"management_address": func(_ *arguments) call {
		return func(m *proxykit.Manager) ([]string, error) {
			address, err := m.ManagementAddress()
			return []string{address}, err
		}
	},
	"reload_certificates": func(_ *arguments) call {
		return func(m *proxykit.Manager) ([]string, error) {
			return nil, m.ReloadCertificates()
		}
	},
	"wait": func(a *arguments) call {
		timeout := a.milliseconds()
		return func(m *proxykit.Manager) ([]string, error) {
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			return nil, m.Wait(ctx)
		}
	},
	"stop": func(a *arguments) call {
		deadline := a.milliseconds()
		return func(m *proxykit.Manager) ([]string, error) {
			return count(m.Stop(deadline))
		}
	},
	"manage": func(a *arguments) call {
		method, target, body := a.text(), a.text(), a.text()
		return func(m *proxykit.Manager) ([]string, error) {
			reply, err := m.Manage(method, target, []byte(body))
			return []string{strconv.Itoa(reply.Status), string(reply.Body)}, err
		}
	},
}

func count(number int, err error) ([]string, error) {
	return []string{strconv.Itoa(number)}, err
}

func counted(c proxykit.Counters) []string {
	return numbers(c.Requests, c.Responses2xx, c.Responses3xx, c.Responses4xx, c.Responses5xx,
		c.ConnectFailures, c.Timeouts, c.BrokenResponses, c.Retries)
}

func numbers(numbers ...uint64) (values []string) {
	for _, number := range numbers {
		values = append(values, strconv.FormatUint(number, 10))
	}
	return values
}

func statuses(backends []proxykit.BackendStatus) (values []string) {
	for _, backend := range backends {
		values = append(values, backend.Target, strconv.FormatBool(backend.Healthy))
	}
	return values
}
