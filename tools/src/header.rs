//! The C header, made from the crate `proxykit-ffi` and its `cbindgen.toml`.

use cbindgen::{Builder, Config};

use crate::generated::{Generated, Result, root};

pub(crate) const HEADER: Generated =
    Generated { path: "include/proxykit.h", generate, command: "make header" };

fn generate() -> Result<String> {
    let source = root().join("proxykit-ffi");
    let mut config = Config::from_file(source.join("cbindgen.toml"))?;
    config.after_includes = Some(version_macros());
    let bindings = Builder::new().with_crate(source).with_config(config).generate();
    let mut text = Vec::new();
    bindings.map_err(|error| error.to_string())?.write(&mut text);
    Ok(shorten(&String::from_utf8(text).map_err(|error| error.to_string())?))
}

/// Puts a comment of one line on one line, which cbindgen spreads over three.
fn shorten(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut rest = lines.clone();
        let comment = rest.next().and_then(|line| line.trim_start().strip_prefix("* "));
        match (line.strip_suffix("/**"), comment, rest.next().map(str::trim)) {
            (Some(indent), Some(comment), Some("*/")) => {
                short += &format!("{indent}/** {comment} */");
                lines = rest;
            }
            _ => short += line,
        }
        short.push('\n');
    }
    short
}

/// The one place that makes the version macros: from Cargo's version, which all crates of the workspace share.
fn version_macros() -> String {
    let (major, minor, patch) =
        (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH"));
    format!(
        "\n/**\n * The version of this header; pk_version() is that of the library that runs.\n */\n\
         #define PK_VERSION_MAJOR {major}\n#define PK_VERSION_MINOR {minor}\n#define PK_VERSION_PATCH {patch}\n"
    )
}
