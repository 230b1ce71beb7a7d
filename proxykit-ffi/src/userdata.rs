//! What the host gives along with a function of its own.

use std::ffi::c_void;

/// Frees what a function was given as userdata. It must not throw.
pub type pk_finaliser = Option<unsafe extern "C-unwind" fn(userdata: *mut c_void)>;

/// What a function of the host's works with, finalised when it is dropped.
pub(crate) struct Userdata {
    pointer: *mut c_void,
    finaliser: pk_finaliser,
}

// SAFETY: it is the host's to say so, and the header tells it that other threads use and finalise it.
unsafe impl Send for Userdata {}
// SAFETY: as above; the header tells which functions are called by several threads at once.
unsafe impl Sync for Userdata {}

impl Userdata {
    pub(crate) fn new(pointer: *mut c_void, finaliser: pk_finaliser) -> Self {
        Userdata { pointer, finaliser }
    }

    /// Through `self`, so that a closure takes all of it in, and the finaliser with it.
    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for Userdata {
    fn drop(&mut self) {
        if let Some(finaliser) = self.finaliser {
            // SAFETY: the header asks for a finaliser that may be called once with the userdata, on any thread.
            unsafe { finaliser(self.pointer) };
        }
    }
}
