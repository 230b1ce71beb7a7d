use std::ffi::{CString, c_char};

use crate::guard;

/// Frees a text that a function of this header gave to the caller. NULL does nothing.
///
/// Ownership: takes the text; it must not be used again.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_string_free(string: *mut c_char) {
    guard::infallible((), || {
        if !string.is_null() {
            // SAFETY: the header requires a text that `give` made and that was not freed before.
            drop(unsafe { CString::from_raw(string) });
        }
    });
}

/// The text as C reads it. A NUL inside, where C would see the end, becomes a replacement character.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// The text for the caller to keep, and to free with `pk_string_free`.
pub(crate) fn give(text: &str) -> *mut c_char {
    c_string(text).into_raw()
}

#[cfg(test)]
mod tests {
    use super::c_string;

    #[test]
    fn a_nul_does_not_end_a_text() {
        assert_eq!(c_string("a\0b").as_c_str().to_str().unwrap(), "a\u{fffd}b");
    }
}
