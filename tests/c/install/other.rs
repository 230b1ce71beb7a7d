//! Another library of Rust in the same program, with a standard library of its own.

#![crate_type = "staticlib"]

/// Starts a thread and asks it.
#[unsafe(no_mangle)]
pub extern "C" fn other_answer() -> u32 {
    std::thread::spawn(|| 42).join().unwrap_or(0)
}
