use std::ffi::c_void;

use proxykit_core::{Error, LogLevel, LogRecord};

use super::pk_manager;
use crate::error::pk_error;
use crate::guard;
use crate::log::{pk_log, pk_log_record};
use crate::ptr::{Out, function, invalid};
use crate::status::pk_status;
use crate::userdata::{Userdata, pk_finaliser};

/// Something of the proxy's own does not work.
pub const PK_LOG_ERROR: u32 = 1;
/// Somebody should look: a backend fails its checks, a stop has cut requests off, a call of the management API came from who may
/// not call, a handler failed.
pub const PK_LOG_WARN: u32 = 2;
/// What has changed: start and stop, routes and backends, health, certificates.
pub const PK_LOG_INFO: u32 = 3;
/// What went wrong with single requests: attempts that failed, and answers of the proxy's own.
pub const PK_LOG_DEBUG: u32 = 4;

/// Takes a record of the log. The record, its texts and its event are valid during the call; userdata is what was given to
/// pk_on_log().
///
/// It must not throw: an exception that leaves it ends the process.
pub type pk_log_callback =
    Option<unsafe extern "C-unwind" fn(record: *const pk_log_record, userdata: *mut c_void)>;

/// Has callback called with each record of the log from here on, of this level (a PK_LOG_ number) and those that matter
/// more, on a thread of its own (proxykit-log). Without a callback nothing is logged, anywhere.
///
/// All that pk_on_event() says of its callback, its thread and its finaliser holds for these. Up to 1,024 records wait for the
/// callback; what comes when so many wait is lost, and a record that stands in its place says how many.
///
/// Ownership: takes userdata, also if it fails. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (the level), PK_ERR_STOPPED (also while it stops),
/// PK_ERR_START_FAILED, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_on_log(
    manager: *mut pk_manager,
    level: u32,
    callback: pk_log_callback,
    userdata: *mut c_void,
    finaliser: pk_finaliser,
    error: *mut *mut pk_error,
) -> pk_status {
    let userdata = Userdata::new(userdata, finaliser);
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, move || {
            let callback = function(callback, "callback")?;
            let level = read(level)?;
            pk_manager::of(manager)?.on_log(level, move |record: &LogRecord| {
                let record = pk_log_record::from(record);
                // SAFETY: the header asks for a callback that may be called with its userdata on another thread.
                callback(&raw const record, userdata.pointer());
            })
        })
    }
}

/// Subscribes to the records of the log from here on, of this level (a PK_LOG_ number) and those that matter more. May be
/// called before pk_start() and while the manager runs, any number of times.
///
/// Ownership: *log is the caller's: pk_log_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (the level), PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_open(
    manager: *mut pk_manager,
    level: u32,
    log: *mut *mut pk_log,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (manager, log) = (pk_manager::of(manager)?, Out::required(log, "log")?);
            let records = manager.log(read(level)?)?;
            log.set(Box::into_raw(Box::new(pk_log(records))));
            Ok(())
        })
    }
}

/// The levels with their numbers, which the header's generator reads from above.
const LEVELS: [(u32, LogLevel); 4] = [
    (PK_LOG_ERROR, LogLevel::Error),
    (PK_LOG_WARN, LogLevel::Warn),
    (PK_LOG_INFO, LogLevel::Info),
    (PK_LOG_DEBUG, LogLevel::Debug),
];

fn read(number: u32) -> Result<LogLevel, Error> {
    let found = LEVELS.iter().find(|(known, _)| *known == number).map(|(_, level)| *level);
    found.ok_or_else(|| invalid(format_args!("level {number}: it must be from 1 to {}", LEVELS.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_the_levels() {
        assert_eq!(LEVELS.map(|(_, level)| level), LogLevel::ALL);
        for (number, level) in LEVELS {
            assert_eq!((number, read(number).unwrap()), (level as u32, level));
        }
        assert!(read(0).is_err() && read(5).is_err());
    }
}
