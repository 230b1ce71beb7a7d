use std::ffi::c_char;
use std::ptr::null;
use std::time::Duration;

use proxykit_core::{BalancerKind, Error, HealthCheck, HostHeader, RouteOptions};

use super::{flag, init, milliseconds, pk_bool, pk_health_check};
use crate::ptr;
use crate::status::pk_status;
use crate::versioned::{self, versioned};

/// One backend after the other.
pub const PK_BALANCER_ROUND_ROBIN: u32 = 0;
/// The backend with the fewest requests in flight; equals take turns.
pub const PK_BALANCER_LEAST_CONNECTIONS: u32 = 1;
/// The same backend for the same client address, as long as it is healthy.
pub const PK_BALANCER_IP_HASH: u32 = 2;
/// The backend with the least load: its requests in flight, weighted with what pk_backend_report() says of it.
pub const PK_BALANCER_LEAST_LOAD: u32 = 3;

/// The backend sees what the client sent in Host.
pub const PK_HOST_HEADER_CLIENT: u32 = 0;
/// The backend sees its own host and port in Host.
pub const PK_HOST_HEADER_BACKEND: u32 = 1;

// The core's numbers; a difference does not compile.
const _: () = {
    assert!(BalancerKind::RoundRobin as u32 == PK_BALANCER_ROUND_ROBIN);
    assert!(BalancerKind::LeastConnections as u32 == PK_BALANCER_LEAST_CONNECTIONS);
    assert!(BalancerKind::IpHash as u32 == PK_BALANCER_IP_HASH);
    assert!(BalancerKind::LeastLoad as u32 == PK_BALANCER_LEAST_LOAD);
    assert!(HostHeader::Client as u32 == PK_HOST_HEADER_CLIENT);
    assert!(HostHeader::Backend as u32 == PK_HOST_HEADER_BACKEND);
};

/// What a route may be told. pk_route_options_init() fills in the defaults; call it first, for 0 is a value like any
/// other.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_route_options {
    /// sizeof(pk_route_options); pk_route_options_init() sets it.
    pub struct_size: usize,
    /// How a backend is picked, a PK_BALANCER_ number. Default: PK_BALANCER_ROUND_ROBIN.
    pub balancer: u32,
    /// Whose name the backend sees in Host, a PK_HOST_HEADER_ number. Default: PK_HOST_HEADER_CLIENT.
    pub host_header: u32,
    /// Whether the prefix is taken off the path before it is joined to the target's. Default: true.
    pub strip_prefix: pk_bool,
    /// Whether backends are checked; if not, every backend stays healthy and the fields health_ have no meaning.
    /// Default: true.
    pub health_check: pk_bool,
    /// As in pk_health_check. Default: 5000.
    pub health_interval_ms: u64,
    /// As in pk_health_check. Default: 2000.
    pub health_timeout_ms: u64,
    /// As in pk_health_check. Default: 1.
    pub health_rise: u32,
    /// As in pk_health_check. Default: 1.
    pub health_fall: u32,
    /// As in pk_health_check. Default: 0.1.
    pub health_jitter: f64,
    /// Milliseconds to open a connection to a backend, 1 to ten years. The client gets 504 then. Default: 5000.
    pub connect_timeout_ms: u64,
    /// Milliseconds from the end of a request to the head of its answer, 1 to ten years. While the client still sends,
    /// they count from the last piece sent on. The client gets 504 then. Default: 60000.
    pub response_head_timeout_ms: u64,
    /// Further options, each written "NAME=VALUE" ("idle_timeout=30s"); docs/options.md lists their names. One that is
    /// also a field of this struct counts instead of the field. Default: none.
    pub settings: *const *const c_char,
    /// How many options settings has.
    pub settings_len: usize,
    /// Options as a JSON object, by the names of docs/options.md: {"request_timeout": "30s"}; a list is an array of texts. They
    /// count instead of the fields, and those in settings instead of them. NULL is none. Default: NULL.
    pub json: *const c_char,
}

versioned! {
    pk_route_options {
        struct_size, balancer, host_header, strip_prefix, health_check, health_interval_ms, health_timeout_ms,
        health_rise, health_fall, health_jitter, connect_timeout_ms, response_head_timeout_ms, settings,
        settings_len, json,
    }
}

impl pk_route_options {
    fn defaults() -> Self {
        let RouteOptions {
            balancer,
            health_check,
            strip_prefix,
            host_header,
            connect_timeout,
            response_head_timeout,
            ..
        } = RouteOptions::default();
        let check = pk_health_check::of(health_check.unwrap_or_default());
        pk_route_options {
            struct_size: size_of::<Self>(),
            balancer: balancer as u32,
            host_header: host_header as u32,
            strip_prefix: strip_prefix.into(),
            health_check: health_check.is_some().into(),
            health_interval_ms: check.health_interval_ms,
            health_timeout_ms: check.health_timeout_ms,
            health_rise: check.health_rise,
            health_fall: check.health_fall,
            health_jitter: check.health_jitter,
            connect_timeout_ms: milliseconds(connect_timeout),
            response_head_timeout_ms: milliseconds(response_head_timeout),
            settings: null(),
            settings_len: 0,
            json: null(),
        }
    }

    /// What the caller gave; NULL is the defaults.
    ///
    /// # Safety
    /// `pointer` is NULL or points to a struct as the header describes it.
    pub(crate) unsafe fn read(pointer: *const Self) -> Result<RouteOptions, Error> {
        if pointer.is_null() {
            return Ok(RouteOptions::default());
        }
        // SAFETY: as this function's own.
        let given = unsafe { versioned::read(pointer, "options", Self::defaults())? };
        let mut options = RouteOptions {
            balancer: BalancerKind::from_number(given.balancer)?,
            health_check: flag(given.health_check, "health_check")?.then(|| given.to_health_check()),
            strip_prefix: flag(given.strip_prefix, "strip_prefix")?,
            host_header: HostHeader::from_number(given.host_header)?,
            connect_timeout: Duration::from_millis(given.connect_timeout_ms),
            response_head_timeout: Duration::from_millis(given.response_head_timeout_ms),
            ..RouteOptions::default()
        };
        if !given.json.is_null() {
            // SAFETY: as this function's own; the text is the caller's promise too.
            options.set_json(unsafe { ptr::secret(given.json, "json")? })?;
        }
        // SAFETY: as this function's own; the list is the caller's promise too.
        for setting in unsafe { ptr::secrets(given.settings, given.settings_len, "settings")? } {
            options.apply(setting)?;
        }
        Ok(options)
    }

    fn to_health_check(self) -> HealthCheck {
        let check = pk_health_check {
            struct_size: size_of::<pk_health_check>(),
            health_interval_ms: self.health_interval_ms,
            health_timeout_ms: self.health_timeout_ms,
            health_rise: self.health_rise,
            health_fall: self.health_fall,
            health_jitter: self.health_jitter,
        };
        check.to_core()
    }
}

/// Fills in the defaults: pk_route_options options; pk_route_options_init(&options, sizeof options).
///
/// Ownership: writes struct_size bytes.
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_route_options_init(
    options: *mut pk_route_options,
    struct_size: usize,
) -> pk_status {
    // SAFETY: the header requires room for `struct_size` bytes.
    unsafe { init(options, struct_size, pk_route_options::defaults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_cores() {
        let defaults = pk_route_options::defaults();
        // SAFETY: it points to a local variable of this version.
        assert_eq!(unsafe { pk_route_options::read(&defaults) }.unwrap(), RouteOptions::default());
    }
}
