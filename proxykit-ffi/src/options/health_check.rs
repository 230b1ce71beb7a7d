use std::time::Duration;

use proxykit_core::{Error, HealthCheck};

use super::{init, milliseconds};
use crate::status::pk_status;
use crate::versioned::{self, versioned};

/// How backends are checked: by opening a TCP connection to them. A backend counts as healthy until a check says
/// otherwise. pk_health_check_init() fills in the defaults; call it first, for 0 is a value like any other.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_health_check {
    /// sizeof(pk_health_check); pk_health_check_init() sets it.
    pub struct_size: usize,
    /// Milliseconds between two probes, 1 to ten years. Default: 5000.
    pub health_interval_ms: u64,
    /// Milliseconds that a probe may take, 1 to ten years. Default: 2000.
    pub health_timeout_ms: u64,
    /// How many probes in a row must succeed before an unhealthy backend is healthy, 1 or more. Default: 1.
    pub health_rise: u32,
    /// How many probes in a row must fail before a healthy backend is unhealthy, 1 or more. Default: 1.
    pub health_fall: u32,
    /// The share of the interval by which each wait is shortened or lengthened at random, 0 to 1. Default: 0.1.
    pub health_jitter: f64,
}

versioned! {
    pk_health_check { struct_size, health_interval_ms, health_timeout_ms, health_rise, health_fall, health_jitter }
}

impl pk_health_check {
    /// The core's `check` as C sees it.
    pub(super) fn of(check: HealthCheck) -> Self {
        pk_health_check {
            struct_size: size_of::<Self>(),
            health_interval_ms: milliseconds(check.interval),
            health_timeout_ms: milliseconds(check.timeout),
            health_rise: check.rise,
            health_fall: check.fall,
            health_jitter: check.jitter,
        }
    }

    pub(super) fn to_core(self) -> HealthCheck {
        HealthCheck {
            interval: Duration::from_millis(self.health_interval_ms),
            timeout: Duration::from_millis(self.health_timeout_ms),
            rise: self.health_rise,
            fall: self.health_fall,
            jitter: self.health_jitter,
        }
    }

    /// What the caller gave; NULL is `None`.
    ///
    /// # Safety
    /// `pointer` is NULL or points to a struct as the header describes it.
    pub(crate) unsafe fn read(pointer: *const Self) -> Result<Option<HealthCheck>, Error> {
        if pointer.is_null() {
            return Ok(None);
        }
        let defaults = Self::of(HealthCheck::default());
        // SAFETY: as this function's own.
        let given = unsafe { versioned::read(pointer, "health_check", defaults)? };
        Ok(Some(given.to_core()))
    }
}

/// Fills in the defaults: pk_health_check check; pk_health_check_init(&check, sizeof check).
///
/// Ownership: writes struct_size bytes.
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_health_check_init(
    options: *mut pk_health_check,
    struct_size: usize,
) -> pk_status {
    // SAFETY: the header requires room for `struct_size` bytes.
    unsafe { init(options, struct_size, || pk_health_check::of(HealthCheck::default())) }
}
