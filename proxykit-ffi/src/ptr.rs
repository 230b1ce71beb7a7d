//! Checks of what comes over the boundary: pointers, texts, lists. Nothing else turns a raw pointer into a reference.
//!
//! A reference made here must not outlive the call; the lifetimes are the caller's to choose, because C has none.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::slice;

use proxykit_core::{Error, ErrorKind};

type Result<T> = std::result::Result<T, Error>;

/// A place for an output, checked before the work and written after it.
pub(crate) struct Out<'a, T>(&'a mut MaybeUninit<T>);

// === impl Out ===

impl<T> Out<'_, T> {
    /// # Safety
    /// `pointer` is NULL, or a `T` may be written through it during the call.
    pub(crate) unsafe fn required(pointer: *mut T, name: &str) -> Result<Self> {
        check(pointer, name)?;
        // SAFETY: it is not NULL and aligned; the rest is the caller's promise.
        Ok(Out(unsafe { &mut *pointer.cast() }))
    }

    /// An output that the caller may leave out with NULL.
    ///
    /// # Safety
    /// As `required`.
    pub(crate) unsafe fn optional(pointer: *mut T, name: &str) -> Result<Option<Self>> {
        if pointer.is_null() {
            return Ok(None);
        }
        // SAFETY: as this function's own.
        unsafe { Self::required(pointer, name).map(Some) }
    }

    pub(crate) fn set(self, value: T) {
        self.0.write(value);
    }
}

/// # Safety
/// `pointer` is NULL or points to a `T` that nobody changes during the call.
pub(crate) unsafe fn reference<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    check(pointer, name)?;
    // SAFETY: it is not NULL and aligned; the rest is the caller's promise.
    Ok(unsafe { &*pointer })
}

/// # Safety
/// `pointer` is NULL or points to a text with a NUL at its end that nobody changes during the call.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: as this function's own.
    let bytes = unsafe { c_text(pointer, name)? }.to_bytes();
    str::from_utf8(bytes).map_err(|error| {
        let shown = bytes.escape_ascii();
        Error::new(ErrorKind::InvalidUtf8, format!("{name} \"{shown}\" is not UTF-8")).because(error)
    })
}

/// As `text`, for what must not be shown in a message.
///
/// # Safety
/// As `text`.
pub(crate) unsafe fn secret<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: as this function's own.
    let bytes = unsafe { c_text(pointer, name)? }.to_bytes();
    str::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidUtf8, format!("{name} is not UTF-8")))
}

/// # Safety
/// `pointer` is NULL or points to `len` pointers, each as `text` requires it.
pub(crate) unsafe fn texts<'a>(
    pointer: *const *const c_char,
    len: usize,
    name: &str,
) -> Result<Vec<&'a str>> {
    // SAFETY: as this function's own.
    let pointers = unsafe { list(pointer, len, name)? };
    let numbered = pointers.iter().enumerate();
    // SAFETY: each of them is as `text` requires it.
    numbered.map(|(index, pointer)| unsafe { text(*pointer, &format!("{name}[{index}]")) }).collect()
}

/// As `texts`, for what must not be shown in a message.
///
/// # Safety
/// As `texts`.
pub(crate) unsafe fn secrets<'a>(
    pointer: *const *const c_char,
    len: usize,
    name: &str,
) -> Result<Vec<&'a str>> {
    // SAFETY: as this function's own.
    let pointers = unsafe { list(pointer, len, name)? };
    let numbered = pointers.iter().enumerate();
    // SAFETY: each of them is as `secret` requires it.
    numbered.map(|(index, pointer)| unsafe { secret(*pointer, &format!("{name}[{index}]")) }).collect()
}

/// A list of `len` items; NULL is an empty one.
///
/// # Safety
/// `pointer` is NULL or points to `len` items that nobody changes during the call.
pub(crate) unsafe fn list<'a, T>(pointer: *const T, len: usize, name: &str) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(format_args!("{name} is NULL, but {name}_len is {len}")));
    }
    check(pointer, name)?;
    if len > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(invalid(format_args!("{name}_len is {len}: no list is as long as that")));
    }
    // SAFETY: it is not NULL, aligned, and not longer than memory; the rest is the caller's promise.
    Ok(unsafe { slice::from_raw_parts(pointer, len) })
}

/// Frees what was given to the caller; NULL does nothing.
///
/// # Safety
/// `pointer` is NULL, or came from `Box::into_raw` and is not used again.
pub(crate) unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

/// Refuses NULL, and a pointer that no compiler would have made for a `T`.
pub(crate) fn check<T>(pointer: *const T, name: &str) -> Result<()> {
    if pointer.is_null() {
        return Err(null(format_args!("{name} is NULL")));
    }
    if !pointer.is_aligned() {
        return Err(invalid(format_args!("{name} is {pointer:p}: it is not aligned")));
    }
    Ok(())
}

/// A function of the host's, which must be there.
pub(crate) fn function<F>(given: Option<F>, name: &str) -> Result<F> {
    given.ok_or_else(|| null(format_args!("{name} is NULL")))
}

pub(crate) fn invalid(message: std::fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message.to_string())
}

fn null(message: std::fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::NullPointer, message.to_string())
}

/// # Safety
/// As `text`.
unsafe fn c_text<'a>(pointer: *const c_char, name: &str) -> Result<&'a CStr> {
    check(pointer, name)?;
    // SAFETY: it is not NULL; the rest is the caller's promise.
    Ok(unsafe { CStr::from_ptr(pointer) })
}

#[cfg(test)]
mod tests {
    use std::ptr::null;

    use super::*;

    #[test]
    fn null_without_items_is_an_empty_list() {
        // SAFETY: no item is there to be read.
        unsafe {
            assert!(texts(null(), 0, "targets").unwrap().is_empty());
            assert_eq!(list::<u8>(null(), 0, "body").unwrap(), b"");
            let error = list::<u8>(null(), 3, "body").unwrap_err();
            assert_eq!(error.to_string(), "body is NULL, but body_len is 3");
        }
    }

    #[test]
    fn errors_name_the_item() {
        let targets = [c"http://a".as_ptr(), null()];
        // SAFETY: the pointers are NULL or static texts, and the lengths are those of the arrays.
        unsafe {
            let error = texts(targets.as_ptr(), 2, "targets").unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::NullPointer, "targets[1] is NULL"));
            let error = text(c"/caf\xe9".as_ptr(), "prefix").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidUtf8);
            assert_eq!(error.message(), r#"prefix "/caf\xe9" is not UTF-8"#);
            let error = secret(c"k\xe9y".as_ptr(), "management_token").unwrap_err();
            assert_eq!(error.to_string(), "management_token is not UTF-8");
        }
    }

    #[test]
    fn impossible_lists_are_refused() {
        let numbers = [0u64; 2];
        // SAFETY: the checks refuse both before anything is read.
        unsafe {
            assert!(list(numbers.as_ptr(), usize::MAX, "numbers").is_err());
            let askew = numbers.as_ptr().cast::<u8>().add(1).cast::<u64>();
            assert_eq!(list(askew, 1, "numbers").unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }
}
