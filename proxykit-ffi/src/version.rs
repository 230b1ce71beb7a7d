use std::ffi::{CStr, c_char};

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("the version has a NUL"),
};

/// The version of the library that runs, such as "0.1.0". The macros PK_VERSION_MAJOR, PK_VERSION_MINOR and
/// PK_VERSION_PATCH are the version of this header.
///
/// Ownership: the text is the library's and lasts as long as it is loaded.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn pk_version() -> *const c_char {
    VERSION.as_ptr()
}
