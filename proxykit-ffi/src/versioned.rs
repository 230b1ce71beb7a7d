//! Structs that begin with `struct_size`, so that they may grow: the caller's may be older (shorter) or newer
//! (longer) than ours, and both sides still read the fields that they share.

use std::ops::Range;
use std::ptr;

use proxykit_core::Error;

use crate::ptr::{check, invalid};

/// No struct of this library will ever be as long: a larger `struct_size` was never set.
const LONGEST: usize = 4096;

/// A struct whose caller says how long it is.
///
/// # Safety
/// It is `repr(C)`, begins with `struct_size: usize`, and any bytes make a valid value of it.
pub(crate) unsafe trait Versioned: Copy {
    const NAME: &'static str;
    /// Where each field lies.
    const FIELDS: &'static [Range<usize>];
}

/// Implements [`Versioned`] for a struct; each field must be listed, and must be a number or a raw pointer.
macro_rules! versioned {
    ($type:ident { struct_size, $($field:ident),+ $(,)? }) => {
        // SAFETY: the macro's users are `repr(C)` structs of numbers and raw pointers; the pattern below fails to
        // compile if a field is missing, and `field` if the first one is not `struct_size: usize`.
        unsafe impl $crate::versioned::Versioned for $type {
            const NAME: &'static str = stringify!($type);
            const FIELDS: &'static [std::ops::Range<usize>] = &[
                $crate::versioned::field(
                    std::mem::offset_of!($type, struct_size),
                    |it: &$type| -> &usize { &it.struct_size },
                ),
                $($crate::versioned::field(std::mem::offset_of!($type, $field), |it: &$type| &it.$field),)+
            ];
        }

        const _: fn($type) = |$type { struct_size: _, $($field: _),+ }| {};
    };
}
pub(crate) use versioned;

/// The range of a field; the function only tells its type.
pub(crate) const fn field<S, F>(offset: usize, _: fn(&S) -> &F) -> Range<usize> {
    offset..offset + size_of::<F>()
}

/// Reads the caller's struct: what it is too short for keeps its default, what we do not know must be zero.
///
/// # Safety
/// `pointer` is NULL or points to a `usize` that tells how many bytes from there on are the caller's struct.
pub(crate) unsafe fn read<T: Versioned>(pointer: *const T, name: &str, mut value: T) -> Result<T, Error> {
    // SAFETY: as this function's own.
    let size = unsafe { size_of_callers(pointer, name)? };
    let shared = size.min(size_of::<T>());
    // SAFETY: `shared` bytes are the caller's struct, and any bytes make a valid `T`.
    unsafe { ptr::copy_nonoverlapping(pointer.cast::<u8>(), (&raw mut value).cast(), shared) };
    for offset in size_of::<T>()..size {
        // SAFETY: `size` bytes are the caller's struct.
        if unsafe { pointer.cast::<u8>().add(offset).read() } != 0 {
            let known = size_of::<T>();
            return Err(invalid(format_args!(
                "{} has {size} bytes, of which this version knows {known}, and sets some of the others",
                T::NAME
            )));
        }
    }
    Ok(value)
}

/// Checks that a struct can be written through `pointer`, and says how long the caller's is.
///
/// # Safety
/// `pointer` is NULL or points to a `usize` that tells how many bytes from there on are the caller's struct.
pub(crate) unsafe fn size_of_callers<T: Versioned>(pointer: *const T, name: &str) -> Result<usize, Error> {
    check(pointer, name)?;
    // SAFETY: it is not NULL and aligned; the rest is the caller's promise.
    let size = unsafe { pointer.cast::<usize>().read() };
    check_size::<T>(size)?;
    Ok(size)
}

/// The same for a struct that may be left out; none for NULL.
///
/// # Safety
/// As [`size_of_callers`].
pub(crate) unsafe fn size_of_optional<T: Versioned>(
    pointer: *const T,
    name: &str,
) -> Result<Option<usize>, Error> {
    // SAFETY: as this function's own.
    (!pointer.is_null()).then(|| unsafe { size_of_callers(pointer, name) }).transpose()
}

/// Refuses a length that no version of the struct had.
pub(crate) fn check_size<T: Versioned>(size: usize) -> Result<(), Error> {
    let why = if size < size_of::<usize>() {
        "it is smaller than struct_size itself"
    } else if size > LONGEST {
        "no version is as large"
    } else if T::FIELDS.iter().any(|field| field.start < size && size < field.end) {
        "it ends inside a field"
    } else {
        return Ok(());
    };
    Err(invalid(format_args!("struct_size {size} of {}: {why}", T::NAME)))
}

/// Writes as much of `value` as the caller's struct has room for, zeroes what we do not know, and sets `struct_size`.
///
/// # Safety
/// `size` has passed [`check_size`], and that many bytes may be written through `pointer`.
pub(crate) unsafe fn write<T: Versioned>(pointer: *mut T, size: usize, value: &T) {
    let shared = size.min(size_of::<T>());
    // SAFETY: the caller's promise; `shared` is at most `size`, and at least a `usize`, by the check.
    unsafe {
        ptr::copy_nonoverlapping(ptr::from_ref(value).cast::<u8>(), pointer.cast(), shared);
        ptr::write_bytes(pointer.cast::<u8>().add(shared), 0, size - shared);
        pointer.cast::<usize>().write(size);
    }
}

#[cfg(test)]
mod tests;
