//! Fuzzes what `proxykit_tests::fuzz::proxy_header` tries.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| proxykit_tests::fuzz::proxy_header::run(data));
