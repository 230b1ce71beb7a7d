//! Names the shared library for its users: a program that was linked with it asks for `libproxykit.so.MAJOR`.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let (os, major) = (env::var("CARGO_CFG_TARGET_OS"), env::var("CARGO_PKG_VERSION_MAJOR"));
    if let (Ok("linux" | "freebsd" | "netbsd" | "openbsd"), Ok(major)) = (os.as_deref(), major) {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libproxykit.so.{major}");
    }
}
