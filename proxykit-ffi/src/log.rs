use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::null;
use std::time::Duration;

use proxykit_core::{Error, Log, LogRecord};

use crate::error::pk_error;
use crate::event::pk_event;
use crate::guard;
use crate::manager::PK_FOREVER;
use crate::ptr::{self, Out};
use crate::status::pk_status;
use crate::string::c_string;

/// The records of a manager's log, from pk_log_open() on. Up to 1,024 records wait in it; what comes when so many wait is
/// lost, and a record of the category "log" stands in its place.
pub struct pk_log(pub(crate) Log);

/// A line of the log.
pub struct pk_log_record {
    level: u32,
    category: CString,
    message: CString,
    event: Option<pk_event>,
}

impl From<&LogRecord> for pk_log_record {
    fn from(record: &LogRecord) -> Self {
        pk_log_record {
            level: record.level as u32,
            category: c_string(record.category),
            message: c_string(&record.message),
            event: record.event.as_ref().map(pk_event::from),
        }
    }
}

/// Takes the next record, and waits for it for so many milliseconds; 0 does not wait, PK_FOREVER waits without an end.
///
/// Behind the last record, of the stop, the answer is PK_ERR_STOPPED.
///
/// Ownership: *record is the caller's: pk_log_record_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time, many at once: each record goes to one of them.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_TIMED_OUT, PK_ERR_STOPPED, PK_ERR_FORKED (in a child of the process that subscribed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_next(
    log: *mut pk_log,
    timeout_ms: u64,
    record: *mut *mut pk_log_record,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (log, record) = (ptr::reference(log, "log")?, Out::required(record, "record")?);
            let timeout = (timeout_ms != PK_FOREVER).then(|| Duration::from_millis(timeout_ms));
            let next = pk_log_record::from(&log.0.next(timeout)?);
            record.set(Box::into_raw(Box::new(next)));
            Ok(())
        })
    }
}

/// Gives a descriptor for hosts that have an event loop, as pk_events_fd() does: readable as long as pk_log_next() would
/// return at once.
///
/// Ownership: the descriptor belongs to the log, which closes it; the first call makes it. *error, if set, is the caller's:
/// pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_START_FAILED (the system gives no descriptor), PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_fd(log: *mut pk_log, fd: *mut c_int, error: *mut *mut pk_error) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (log, fd) = (ptr::reference(log, "log")?, Out::required(fd, "fd")?);
            fd.set(number(&log.0)?);
            Ok(())
        })
    }
}

/// Ends a subscription to the log. NULL does nothing.
///
/// Ownership: takes the log, which must not be in use, with its descriptor and the records that wait in it. Records that
/// were taken out stay valid.
/// Threads: any thread, any time, before or after the manager is freed.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_free(log: *mut pk_log) {
    // SAFETY: the header requires NULL or a log that was not freed.
    guard::infallible((), || unsafe { ptr::free(log) });
}

/// How much the record matters, a PK_LOG_ number. 0 for NULL.
///
/// Ownership: reads the record.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_record_level(record: *const pk_log_record) -> u32 {
    // SAFETY: the header requires NULL or a record that was not freed.
    guard::infallible(0, || unsafe { ptr::reference(record, "record") }.map_or(0, |record| record.level))
}

/// What the record speaks of: "health". An empty text for NULL.
///
/// Ownership: the text belongs to the record.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_record_category(record: *const pk_log_record) -> *const c_char {
    // SAFETY: the header requires NULL or a record that was not freed.
    unsafe { text(record, |record| &record.category) }
}

/// What has happened, to what, and why, on one line for people. An empty text for NULL.
///
/// Ownership: the text belongs to the record.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_record_message(record: *const pk_log_record) -> *const c_char {
    // SAFETY: the header requires NULL or a record that was not freed.
    unsafe { text(record, |record| &record.message) }
}

/// The event that the record tells of. NULL if it tells of none.
///
/// Ownership: the event belongs to the record, and must not be freed.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_record_event(record: *const pk_log_record) -> *const pk_event {
    guard::infallible(null(), || {
        // SAFETY: the header requires NULL or a record that was not freed.
        let record = unsafe { ptr::reference(record, "record") }.ok();
        record.and_then(|record| record.event.as_ref()).map_or(null(), |event| &raw const *event)
    })
}

/// Frees a record that pk_log_next() gave. NULL does nothing.
///
/// Ownership: takes the record with its texts and its event; they must not be used again.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_log_record_free(record: *mut pk_log_record) {
    // SAFETY: the header requires NULL or a record that was not freed.
    guard::infallible((), || unsafe { ptr::free(record) });
}

#[cfg(unix)]
fn number(log: &Log) -> Result<c_int, Error> {
    use std::os::fd::AsRawFd;
    log.descriptor().map(|descriptor| descriptor.as_raw_fd())
}

#[cfg(not(unix))]
fn number(_: &Log) -> Result<c_int, Error> {
    Err(Error::new(proxykit_core::ErrorKind::StartFailed, "this system has no descriptors"))
}

/// # Safety
/// `record` is NULL or a record that was not freed.
unsafe fn text(record: *const pk_log_record, field: fn(&pk_log_record) -> &CStr) -> *const c_char {
    const NOTHING: &CStr = c"";
    guard::infallible(NOTHING.as_ptr(), || {
        // SAFETY: as this function's own.
        unsafe { ptr::reference(record, "record") }.map_or(NOTHING, field).as_ptr()
    })
}
