//! What a host may set. The defaults are the core's; C sees them filled in.

mod manager;

mod route;

mod health_check;

mod handler;

use std::ptr::null_mut;
use std::time::Duration;

use proxykit_core::Error;

pub use handler::pk_handler_options;
pub use health_check::pk_health_check;
pub use manager::pk_manager_options;
pub use route::pk_route_options;

use crate::guard;
use crate::ptr::{check, invalid};
use crate::status::pk_status;
use crate::versioned::{self, Versioned};

/// A `bool` of C, whose byte may be anything if it was never set. The header's generator writes it as `bool`.
pub type pk_bool = u8;

/// Fills in the defaults of a struct whose caller says how long it is.
///
/// # Safety
/// `options` is NULL or `struct_size` bytes may be written through it.
unsafe fn init<T: Versioned>(options: *mut T, struct_size: usize, defaults: impl FnOnce() -> T) -> pk_status {
    let body = || {
        check(options, "options")?;
        versioned::check_size::<T>(struct_size)?;
        // SAFETY: the size was checked; the rest is the caller's promise.
        unsafe { versioned::write(options, struct_size, &defaults()) };
        Ok(())
    };
    // SAFETY: nobody asks for the error.
    unsafe { guard::fallible(null_mut(), body) }
}

fn flag(value: pk_bool, name: &str) -> Result<bool, Error> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(invalid(format_args!("{name} is {value}: it must be true or false"))),
    }
}

/// Whole milliseconds, as many as there is room for.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
