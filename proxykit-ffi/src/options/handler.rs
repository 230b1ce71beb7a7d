use std::ffi::c_char;
use std::ptr::null;
use std::time::Duration;

use proxykit_core::{Error, HandlerOptions};

use super::{init, milliseconds};
use crate::ptr;
use crate::status::pk_status;
use crate::versioned::{self, versioned};

/// What a handler may be told. pk_handler_options_init() fills in the defaults; call it first, for 0 is a value like any
/// other.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_handler_options {
    /// sizeof(pk_handler_options); pk_handler_options_init() sets it.
    pub struct_size: usize,
    /// Milliseconds from a request's head to the handler's answer, 1 to ten years; its body and waiting for a thread count.
    /// The client gets 504 then. Default: 30000.
    pub handler_timeout_ms: u64,
    /// The largest body of a request in bytes, 1 to 1 GiB. The client gets 413 then. Default: 1048576.
    pub handler_body_limit: u64,
    /// Further options, each written "NAME=VALUE" ("handler_timeout=5s"); docs/options.md lists their names. One that is
    /// also a field of this struct counts instead of the field. Default: none.
    pub settings: *const *const c_char,
    /// How many options settings has.
    pub settings_len: usize,
    /// Options as a JSON object, by the names of docs/options.md: {"handler_timeout": "5s"}. They count instead of the
    /// fields, and those in settings instead of them. NULL is none. Default: NULL.
    pub json: *const c_char,
}

versioned! {
    pk_handler_options { struct_size, handler_timeout_ms, handler_body_limit, settings, settings_len, json }
}

impl pk_handler_options {
    fn defaults() -> Self {
        let HandlerOptions { timeout, body_limit } = HandlerOptions::default();
        pk_handler_options {
            struct_size: size_of::<Self>(),
            handler_timeout_ms: milliseconds(timeout),
            handler_body_limit: body_limit,
            settings: null(),
            settings_len: 0,
            json: null(),
        }
    }

    /// What the caller gave; NULL is the defaults.
    ///
    /// # Safety
    /// `pointer` is NULL or points to a struct as the header describes it.
    pub(crate) unsafe fn read(pointer: *const Self) -> Result<HandlerOptions, Error> {
        if pointer.is_null() {
            return Ok(HandlerOptions::default());
        }
        // SAFETY: as this function's own; the texts in the struct are the caller's promise too.
        unsafe {
            let given = versioned::read(pointer, "options", Self::defaults())?;
            let mut options = HandlerOptions {
                timeout: Duration::from_millis(given.handler_timeout_ms),
                body_limit: given.handler_body_limit,
            };
            if !given.json.is_null() {
                options.set_json(ptr::text(given.json, "json")?)?;
            }
            for setting in ptr::texts(given.settings, given.settings_len, "settings")? {
                options.apply(setting)?;
            }
            Ok(options)
        }
    }
}

/// Fills in the defaults: pk_handler_options options; pk_handler_options_init(&options, sizeof options).
///
/// Ownership: writes struct_size bytes.
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_handler_options_init(
    options: *mut pk_handler_options,
    struct_size: usize,
) -> pk_status {
    // SAFETY: the header requires room for `struct_size` bytes.
    unsafe { init(options, struct_size, pk_handler_options::defaults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_cores() {
        let defaults = pk_handler_options::defaults();
        // SAFETY: it points to a local variable of this version.
        assert_eq!(unsafe { pk_handler_options::read(&defaults) }.unwrap(), HandlerOptions::default());
    }
}
