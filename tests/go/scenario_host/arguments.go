package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"proxykit"
)

// arguments are the fields of a command, taken from the left. The first that cannot be read is kept as err.
type arguments struct {
	rest []string
	err  error
}

func (a *arguments) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

func (a *arguments) text() string {
	if len(a.rest) == 0 {
		a.fail(errors.New("a field is missing"))
		return ""
	}
	text := a.rest[0]
	a.rest = a.rest[1:]
	return text
}

func (a *arguments) textOrNone() string {
	if len(a.rest) == 0 {
		return ""
	}
	return a.text()
}

// texts takes a number, and so many fields.
func (a *arguments) texts() []string {
	length := a.integer(a.text())
	if length < 0 || length > len(a.rest) {
		a.fail(fmt.Errorf("there are not %d fields", length))
		return nil
	}
	texts := a.rest[:length]
	a.rest = a.rest[length:]
	return texts
}

func (a *arguments) milliseconds() time.Duration {
	return a.time(a.text())
}

// options takes the rest: NAME=VALUE.
func (a *arguments) options(set func(name, value string) bool) {
	for _, field := range a.rest {
		name, value, found := strings.Cut(field, "=")
		if !found || !set(name, value) {
			a.fail(fmt.Errorf("the option %q is unknown", name))
		}
	}
	a.rest = nil
}

func (a *arguments) managerOptions() (proxykit.Options, error) {
	var options proxykit.Options
	a.options(func(name, value string) bool {
		switch name {
		case "workers":
			options.Workers = a.integer(value)
		case "management":
			options.Management = value
		case "management_token":
			options.ManagementToken = value
		case "management_hosts":
			options.ManagementHosts = strings.Split(value, ",")
		case "trusted_proxies":
			options.TrustedProxies = strings.Split(value, ",")
		default:
			set(&options.Settings, name, value)
		}
		return true
	})
	return options, a.err
}

func (a *arguments) routeOptions() proxykit.RouteOptions {
	var options proxykit.RouteOptions
	a.options(func(name, value string) bool {
		switch name {
		case "balancer":
			options.Balancer = proxykit.BalancerKind(value)
		case "host_header":
			options.HostHeader = proxykit.HostHeader(value)
		case "strip_prefix":
			options.StripPrefix = a.onOff(value)
		case "health_check":
			options.HealthCheck = a.onOff(value)
		case "health_interval_ms":
			options.HealthInterval = a.time(value)
		case "health_timeout_ms":
			options.HealthTimeout = a.time(value)
		case "health_rise":
			options.HealthRise = a.integer(value)
		case "health_fall":
			options.HealthFall = a.integer(value)
		case "health_jitter":
			options.HealthJitter = a.share(value)
		case "connect_timeout_ms":
			options.ConnectTimeout = a.time(value)
		case "response_head_timeout_ms":
			options.ResponseHeadTimeout = a.time(value)
		default:
			set(&options.Settings, name, value)
		}
		return true
	})
	return options
}

func set(settings *map[string]string, name, value string) {
	if *settings == nil {
		*settings = map[string]string{}
	}
	(*settings)[name] = value
}

// healthCheck is nil without options.
func (a *arguments) healthCheck() *proxykit.HealthCheckConfig {
	if len(a.rest) == 0 {
		return nil
	}
	var config proxykit.HealthCheckConfig
	a.options(func(name, value string) bool {
		switch name {
		case "health_interval_ms":
			config.Interval = a.time(value)
		case "health_timeout_ms":
			config.Timeout = a.time(value)
		case "health_rise":
			config.Rise = a.integer(value)
		case "health_fall":
			config.Fall = a.integer(value)
		case "health_jitter":
			config.Jitter = a.share(value)
		default:
			return false
		}
		return true
	})
	return &config
}

func (a *arguments) integer(text string) int {
	return parse(a, text, strconv.Atoi)
}

func (a *arguments) time(text string) time.Duration {
	return time.Duration(a.integer(text)) * time.Millisecond
}

func (a *arguments) number(text string) float64 {
	return parse(a, text, func(text string) (float64, error) { return strconv.ParseFloat(text, 64) })
}

// share means zero where it says so, and not the default; in Go that is a negative value.
func (a *arguments) share(text string) float64 {
	share := a.number(text)
	if share == 0 {
		return -1
	}
	return share
}

func (a *arguments) onOff(text string) proxykit.Switch {
	if parse(a, text, strconv.ParseBool) {
		return proxykit.On
	}
	return proxykit.Off
}

func parse[T any](a *arguments, text string, read func(string) (T, error)) T {
	value, err := read(text)
	if err != nil {
		a.fail(fmt.Errorf("%q cannot be read", text))
	}
	return value
}
