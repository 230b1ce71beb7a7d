use super::pk_manager;
use crate::counters::{pk_connections, pk_counters};
use crate::error::pk_error;
use crate::guard;
use crate::status::pk_status;
use crate::versioned;

/// Fills in what was counted in all since the manager was made: in *counters of all routes, those that were removed among
/// them, and of requests that no route took; in *connections those of clients. NULL for either: it is not wanted. Calls
/// of the management API are not among them.
///
/// Ownership: *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER (the manager); PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_get_totals(
    manager: *const pk_manager,
    counters: *mut pk_counters,
    connections: *mut pk_connections,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            // Both are looked at before either is written.
            let counters_size = versioned::size_of_optional(counters, "counters")?;
            let connections_size = versioned::size_of_optional(connections, "connections")?;
            let totals = manager.totals();
            if let Some(size) = counters_size {
                versioned::write(counters, size, &pk_counters::of(&totals.counters, size));
            }
            if let Some(size) = connections_size {
                versioned::write(connections, size, &pk_connections::of(&totals.connections, size));
            }
            Ok(())
        })
    }
}
