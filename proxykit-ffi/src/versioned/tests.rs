use std::mem::offset_of;

use proxykit_core::ErrorKind;

use super::*;

/// Ours: two fields, with padding between them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
struct Ours {
    struct_size: usize,
    first: u8,
    second: u64,
}

/// A later version's.
#[repr(C)]
struct Newer {
    ours: Ours,
    third: u64,
}

versioned! { Ours { struct_size, first, second } }

const DEFAULTS: Ours = Ours { struct_size: size_of::<Ours>(), first: 10, second: 20 };
const GIVEN: Ours = Ours { struct_size: size_of::<Ours>(), first: 1, second: 2 };

fn read_ours(given: &Ours) -> Result<Ours, Error> {
    // SAFETY: the tests set a size that is at most the struct's, or one that is refused.
    unsafe { read(given, "ours", DEFAULTS) }
}

#[test]
fn an_older_struct_keeps_the_defaults_of_what_it_lacks() {
    let sizes = [8, 9, 12, offset_of!(Ours, second), size_of::<Ours>()];
    let expected = [(10, 20), (1, 20), (1, 20), (1, 20), (1, 2)];
    for (struct_size, expected) in sizes.into_iter().zip(expected) {
        let value = read_ours(&Ours { struct_size, ..GIVEN }).unwrap();
        assert_eq!((value.first, value.second), expected, "{struct_size}");
    }
}

#[test]
fn a_newer_struct_must_not_set_what_we_do_not_know() {
    let mut newer = Newer { ours: Ours { struct_size: size_of::<Newer>(), ..GIVEN }, third: 0 };
    // SAFETY: the size is that of the struct that the pointer stands for.
    let read_newer = |newer: &Newer| unsafe { read(ptr::from_ref(newer).cast(), "newer", DEFAULTS) };
    assert_eq!(read_newer(&newer).unwrap().second, 2);
    newer.third = 1 << 40;
    let error = read_newer(&newer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("32 bytes"), "{error}");
}

#[test]
fn sizes_of_no_version_are_refused() {
    for (struct_size, why) in [
        (0, "smaller"),
        (7, "smaller"),
        (17, "inside a field"),
        (23, "inside a field"),
        (4097, "as large"),
        (usize::MAX, "as large"),
    ] {
        let error = read_ours(&Ours { struct_size, ..GIVEN }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(
            error.message().contains(why) && error.message().contains(&struct_size.to_string()),
            "{error}"
        );
    }
}

#[test]
fn what_is_written_fits_the_callers_struct() {
    let mut newer = Newer { ours: GIVEN, third: 7 };
    let pointer = (&raw mut newer).cast::<Ours>();
    // SAFETY: each size is at most that of the struct that the pointer stands for.
    unsafe {
        write(pointer, offset_of!(Ours, second), &DEFAULTS);
        assert_eq!(*pointer, Ours { struct_size: offset_of!(Ours, second), first: 10, second: 2 });
        write(pointer, size_of::<Newer>(), &DEFAULTS);
        assert_eq!(*pointer, Ours { struct_size: size_of::<Newer>(), ..DEFAULTS });
    }
    assert_eq!(newer.third, 0);
}
