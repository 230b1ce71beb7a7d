use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, counting.
pub(crate) struct Counter;

/// What was allocated since the process began.
#[derive(Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) allocations: usize,
    pub(crate) bytes: usize,
}

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // It has no destructor and no lazy beginning, so that reading it allocates nothing.
    static IS_COUNTED: Cell<bool> = const { Cell::new(true) };
}

/// What this thread allocates is not counted from here on.
pub(crate) fn leave_this_thread_out() {
    IS_COUNTED.set(false);
}

fn count(bytes: usize) {
    if IS_COUNTED.get() {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: each call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's promises are the same.
        unsafe { System.realloc(memory, layout, size) }
    }
}

impl Counts {
    pub(crate) fn now() -> Self {
        Counts { allocations: ALLOCATIONS.load(Ordering::SeqCst), bytes: BYTES.load(Ordering::SeqCst) }
    }

    pub(crate) fn since(self, before: Counts) -> Self {
        Counts { allocations: self.allocations - before.allocations, bytes: self.bytes - before.bytes }
    }
}
