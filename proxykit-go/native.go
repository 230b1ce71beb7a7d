package proxykit

/*
#include "proxykit.h"
*/
import "C"

import (
	"fmt"
	"math"
	"slices"
	"time"
	"unsafe"
)

// The native forms of the options are filled with the core's defaults first, so that the defaults stand in one place.

var (
	balancerNumbers = map[BalancerKind]C.uint32_t{
		BalancerRoundRobin:       C.PK_BALANCER_ROUND_ROBIN,
		BalancerLeastConnections: C.PK_BALANCER_LEAST_CONNECTIONS,
		BalancerLeastLoad:        C.PK_BALANCER_LEAST_LOAD,
		BalancerIPHash:           C.PK_BALANCER_IP_HASH,
	}
	hostHeaderNumbers = map[HostHeader]C.uint32_t{
		HostHeaderClient:  C.PK_HOST_HEADER_CLIENT,
		HostHeaderBackend: C.PK_HOST_HEADER_BACKEND,
	}
)

func (options Options) native(c *call) *C.pk_manager_options {
	native := new(C.pk_manager_options)
	if err := c.result(C.pk_manager_options_init(native, C.size_t(unsafe.Sizeof(*native)))); err != nil {
		c.refuse(err)
	}
	if options.Workers < 0 || options.Workers > math.MaxUint32 {
		c.refuse(invalidOption("workers", options.Workers, "it must be from 0 to 1024"))
	}
	native.workers = C.uint32_t(options.Workers)
	if options.Management != "" {
		native.management = c.text(options.Management)
	}
	if options.ManagementToken != "" {
		native.management_token = c.text(options.ManagementToken)
	}
	native.management_hosts, native.management_hosts_len = c.texts(options.ManagementHosts)
	native.trusted_proxies, native.trusted_proxies_len = c.texts(options.TrustedProxies)
	native.settings, native.settings_len = c.texts(settings(options.Settings))
	return native
}

func (options RouteOptions) native(c *call) *C.pk_route_options {
	native := new(C.pk_route_options)
	if err := c.result(C.pk_route_options_init(native, C.size_t(unsafe.Sizeof(*native)))); err != nil {
		c.refuse(err)
	}
	if options.Balancer != "" {
		number, known := balancerNumbers[options.Balancer]
		if !known {
			rule := "it must be one of round_robin, least_connections, ip_hash, least_load"
			c.refuse(invalidOption("balancer", fmt.Sprintf("%q", options.Balancer), rule))
		}
		native.balancer = number
	}
	if options.HostHeader != "" {
		number, known := hostHeaderNumbers[options.HostHeader]
		if !known {
			rule := "it must be one of client, backend"
			c.refuse(invalidOption("host_header", fmt.Sprintf("%q", options.HostHeader), rule))
		}
		native.host_header = number
	}
	c.setSwitch(&native.strip_prefix, "strip_prefix", options.StripPrefix)
	c.setSwitch(&native.health_check, "health_check", options.HealthCheck)
	c.setTime(&native.health_interval_ms, "health_interval", options.HealthInterval)
	c.setTime(&native.health_timeout_ms, "health_timeout", options.HealthTimeout)
	c.setCount(&native.health_rise, "health_rise", options.HealthRise)
	c.setCount(&native.health_fall, "health_fall", options.HealthFall)
	setShare(&native.health_jitter, options.HealthJitter)
	c.setTime(&native.connect_timeout_ms, "connect_timeout", options.ConnectTimeout)
	c.setTime(&native.response_head_timeout_ms, "response_head_timeout", options.ResponseHeadTimeout)
	native.settings, native.settings_len = c.texts(settings(options.Settings))
	return native
}

// settings gives options as the core reads them, in the order of their names, so that the same one is refused each time.
func settings(options map[string]string) []string {
	texts := make([]string, 0, len(options))
	for name, value := range options {
		texts = append(texts, name+"="+value)
	}
	slices.Sort(texts)
	return texts
}

func (config HealthCheckConfig) native(c *call) *C.pk_health_check {
	native := new(C.pk_health_check)
	if err := c.result(C.pk_health_check_init(native, C.size_t(unsafe.Sizeof(*native)))); err != nil {
		c.refuse(err)
	}
	c.setTime(&native.health_interval_ms, "health_interval", config.Interval)
	c.setTime(&native.health_timeout_ms, "health_timeout", config.Timeout)
	c.setCount(&native.health_rise, "health_rise", config.Rise)
	c.setCount(&native.health_fall, "health_fall", config.Fall)
	setShare(&native.health_jitter, config.Jitter)
	return native
}

func (c *call) setSwitch(field *C.bool, name string, value Switch) {
	switch value {
	case Default:
	case On, Off:
		*field = value == On
	default:
		c.refuse(invalidOption(name, int(value), "it must be Default, On or Off"))
	}
}

// setTime counts in whole milliseconds, as the core does, and rounds up, so that no time gets shorter.
func (c *call) setTime(field *C.uint64_t, name string, value time.Duration) {
	if value == 0 {
		return
	}
	if value < time.Millisecond {
		c.refuse(invalidOption(name, value, "it must be from 1ms to 10 years"))
	}
	*field = milliseconds(value)
}

func (c *call) setCount(field *C.uint32_t, name string, value int) {
	if value == 0 {
		return
	}
	if value < 0 || value > math.MaxUint32 {
		c.refuse(invalidOption(name, value, "it must be 1 or more"))
	}
	*field = C.uint32_t(value)
}

func setShare(field *C.double, value float64) {
	if value != 0 {
		*field = C.double(max(value, 0))
	}
}

// milliseconds is the time in whole milliseconds, rounded up; none for a negative one.
func milliseconds(value time.Duration) C.uint64_t {
	if value <= 0 {
		return 0
	}
	whole := value / time.Millisecond
	if value%time.Millisecond != 0 {
		whole++
	}
	return C.uint64_t(whole)
}
