//! Fuzzes what `proxykit_tests::fuzz::management` tries.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| proxykit_tests::fuzz::management::run(data));
