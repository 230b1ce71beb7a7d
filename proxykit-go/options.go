package proxykit

import "time"

// Options is what a manager as a whole may be told. The zero value is all defaults.
type Options struct {
	// Workers is the number of threads that serve requests: 1 to 1024, or 0 for one for each core.
	Workers int
	// Management says where the core serves the management API: "same" (its own listener, before the routes), "off",
	// or a listener of its own, "HOST:PORT" or "unix:PATH". Empty is "same".
	Management string
	// ManagementToken is what callers of the management API must give (Authorization: Bearer …). Without one, the core
	// answers only direct local callers.
	ManagementToken string
	// ManagementHosts are names that the management API answers to in Host, beside the loopback names, when it has
	// no token.
	ManagementHosts []string
	// TrustedProxies are the networks ("10.0.0.0/8") and addresses whose X-Forwarded-For is believed when a client's
	// address is needed.
	TrustedProxies []string
	// Settings are further options by their names in docs/options.md: "idle_timeout": "30s". One that is also a field
	// counts instead of the field.
	Settings map[string]string
}

// RouteOptions is what a route may be told. The zero value is all defaults, and so is each zero field.
type RouteOptions struct {
	// Balancer says how a backend is picked: [BalancerRoundRobin] by default.
	Balancer BalancerKind
	// HostHeader says whose name the backend sees in Host: [HostHeaderClient] by default.
	HostHeader HostHeader
	// StripPrefix says whether the prefix is taken off the path before it is joined to the target's: [On] by default.
	StripPrefix Switch
	// HealthCheck says whether backends are checked: [On] by default. Without checks every backend stays healthy.
	HealthCheck Switch
	// HealthInterval is the time between two checks: 1 ms to 10 years, 5 s by default.
	HealthInterval time.Duration
	// HealthTimeout is the time that a check may take: 1 ms to 10 years, 2 s by default.
	HealthTimeout time.Duration
	// HealthRise is how many checks in a row must succeed before an unhealthy backend is healthy: 1 by default.
	HealthRise int
	// HealthFall is how many checks in a row must fail before a healthy backend is unhealthy: 1 by default.
	HealthFall int
	// HealthJitter is the share of the interval by which each wait varies at random: up to 1, 0.1 by default. A
	// negative value is none.
	HealthJitter float64
	// ConnectTimeout is the time to open a connection to a backend: 1 ms to 10 years, 5 s by default. Then: 504.
	ConnectTimeout time.Duration
	// ResponseHeadTimeout is the time from the end of a request to the head of its answer: 1 ms to 10 years, 60 s by
	// default. While the client still sends, it counts from the last piece sent on. Then: 504.
	ResponseHeadTimeout time.Duration
	// Settings are further options by their names in docs/options.md: "request_timeout": "30s". One that is also a field
	// counts instead of the field.
	Settings map[string]string
}

// HealthCheckConfig is how backends are checked: by opening a TCP connection to them. Zero fields are the defaults.
type HealthCheckConfig struct {
	// Interval is the time between two checks: 1 ms to 10 years, 5 s by default.
	Interval time.Duration
	// Timeout is the time that a check may take: 1 ms to 10 years, 2 s by default.
	Timeout time.Duration
	// Rise is how many checks in a row must succeed before an unhealthy backend is healthy: 1 by default.
	Rise int
	// Fall is how many checks in a row must fail before a healthy backend is unhealthy: 1 by default.
	Fall int
	// Jitter is the share of the interval by which each wait varies at random: up to 1, 0.1 by default. A negative
	// value is none.
	Jitter float64
}

// Switch is an option that is on or off, and has a default.
type Switch int

// The values of a [Switch].
const (
	Default Switch = iota
	On
	Off
)

// BalancerKind says how a route picks a backend for a request.
type BalancerKind string

// The kinds of balancer.
const (
	// BalancerRoundRobin: one backend after the other.
	BalancerRoundRobin BalancerKind = "round_robin"
	// BalancerLeastConnections: the backend with the fewest requests in flight; equals take turns.
	BalancerLeastConnections BalancerKind = "least_connections"
	// BalancerLeastLoad: the backend with the least load: its requests in flight, weighted with what
	// [RouteManager.ReportLoad] says of it.
	BalancerLeastLoad BalancerKind = "least_load"
	// BalancerIPHash: the same backend for the same client address, as long as it is healthy.
	BalancerIPHash BalancerKind = "ip_hash"
)

// HostHeader says whose name the backend sees in Host.
type HostHeader string

// The values of a [HostHeader].
const (
	// HostHeaderClient: what the client sent.
	HostHeaderClient HostHeader = "client"
	// HostHeaderBackend: the host and port of the backend's target.
	HostHeaderBackend HostHeader = "backend"
)

// over gives the route's options with this health check.
func (config HealthCheckConfig) over(options RouteOptions) RouteOptions {
	options.HealthCheck = On
	options.HealthInterval, options.HealthTimeout = config.Interval, config.Timeout
	options.HealthRise, options.HealthFall, options.HealthJitter = config.Rise, config.Fall, config.Jitter
	return options
}
