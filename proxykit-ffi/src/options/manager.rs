use std::ffi::c_char;
use std::ptr::null;

use proxykit_core::{Error, ManagerOptions};

use super::init;
use crate::ptr;
use crate::status::pk_status;
use crate::versioned::{self, versioned};

/// What a manager as a whole may be told. pk_manager_options_init() fills in the defaults; call it first.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_manager_options {
    /// sizeof(pk_manager_options); pk_manager_options_init() sets it.
    pub struct_size: usize,
    /// How many worker threads serve requests: 1 to 1024, or 0 for one for each core. Default: 0.
    pub workers: u32,
    /// Where the management API is served: "same" (the proxy's own listener), "off", or a listener of its own,
    /// "HOST:PORT" or "unix:PATH". Default: "same".
    pub management: *const c_char,
    /// The token that callers of the management API must give (Authorization: Bearer TOKEN), or NULL for none: then
    /// only direct local callers are answered. Default: NULL.
    pub management_token: *const c_char,
    /// Names that the management API answers to in Host beside the loopback names, when it has no token. Default: none.
    pub management_hosts: *const *const c_char,
    /// How many names management_hosts has.
    pub management_hosts_len: usize,
    /// The networks ("10.0.0.0/8") and addresses whose X-Forwarded-For is believed. Default: none.
    pub trusted_proxies: *const *const c_char,
    /// How many networks trusted_proxies has.
    pub trusted_proxies_len: usize,
    /// Further options, each written "NAME=VALUE" ("idle_timeout=30s"); docs/options.md lists their names. One that is
    /// also a field of this struct counts instead of the field. Default: none.
    pub settings: *const *const c_char,
    /// How many options settings has.
    pub settings_len: usize,
    /// Options as a JSON object, by the names of docs/options.md: {"idle_timeout": "30s"}; a list is an array of texts. They
    /// count instead of the fields, and those in settings instead of them. NULL is none. Default: NULL.
    pub json: *const c_char,
}

versioned! {
    pk_manager_options {
        struct_size, workers, management, management_token, management_hosts, management_hosts_len, trusted_proxies,
        trusted_proxies_len, settings, settings_len, json,
    }
}

impl pk_manager_options {
    fn defaults() -> Self {
        pk_manager_options {
            struct_size: size_of::<Self>(),
            workers: 0,
            management: c"same".as_ptr(),
            management_token: null(),
            management_hosts: null(),
            management_hosts_len: 0,
            trusted_proxies: null(),
            trusted_proxies_len: 0,
            settings: null(),
            settings_len: 0,
            json: null(),
        }
    }

    /// What the caller gave; NULL is the defaults.
    ///
    /// # Safety
    /// `pointer` is NULL or points to a struct as the header describes it.
    pub(crate) unsafe fn read(pointer: *const Self) -> Result<ManagerOptions, Error> {
        if pointer.is_null() {
            return Ok(ManagerOptions::default());
        }
        // SAFETY: as this function's own; the texts and lists in the struct are the caller's promise too.
        unsafe {
            let given = versioned::read(pointer, "options", Self::defaults())?;
            let management = ptr::text(given.management, "management")?.parse()?;
            let management_token = match given.management_token {
                token if token.is_null() => None,
                token => Some(ptr::secret(token, "management_token")?.to_owned()),
            };
            let hosts = ptr::texts(given.management_hosts, given.management_hosts_len, "management_hosts")?;
            let networks = ptr::texts(given.trusted_proxies, given.trusted_proxies_len, "trusted_proxies")?;
            let options = ManagerOptions {
                workers: given.workers as usize,
                management,
                management_token,
                management_hosts: hosts.into_iter().map(str::to_owned).collect(),
                ..ManagerOptions::default()
            };
            let mut options = options.with_trusted_proxies(networks)?;
            if !given.json.is_null() {
                options.set_json(ptr::secret(given.json, "json")?)?;
            }
            for setting in ptr::secrets(given.settings, given.settings_len, "settings")? {
                options.apply(setting)?;
            }
            Ok(options)
        }
    }
}

/// Fills in the defaults: pk_manager_options options; pk_manager_options_init(&options, sizeof options).
///
/// Ownership: writes struct_size bytes. The texts in it are the library's.
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_manager_options_init(
    options: *mut pk_manager_options,
    struct_size: usize,
) -> pk_status {
    // SAFETY: the header requires room for `struct_size` bytes.
    unsafe { init(options, struct_size, pk_manager_options::defaults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_cores() {
        let defaults = pk_manager_options::defaults();
        // SAFETY: it points to a local variable of this version, whose texts are static.
        let options = unsafe { pk_manager_options::read(&defaults) }.unwrap();
        assert_eq!(format!("{options:?}"), format!("{:?}", ManagerOptions::default()));
    }
}
