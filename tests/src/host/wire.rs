//! The line protocol of scenario hosts: fields separated by tabs, with `\t`, `\n`, `\\` and `\xHH` for bytes that
//! cannot stand as they are.

/// One line of these fields, without its end.
///
/// A `\xHH` in a field goes through as it is, so that a scenario can write bytes that are not UTF-8.
pub fn join<S: AsRef<str>>(fields: &[S]) -> String {
    fields.iter().map(|field| escape(field.as_ref())).collect::<Vec<_>>().join("\t")
}

/// The fields of a line.
///
/// # Errors
/// A sentence, if an escape is unknown or a field is not UTF-8.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    line.split('\t').map(unescape).collect()
}

fn escape(field: &str) -> String {
    let mut escaped = String::with_capacity(field.len());
    for (index, character) in field.char_indices() {
        match character {
            '\t' => escaped += "\\t",
            '\n' => escaped += "\\n",
            '\r' => escaped += "\\x0d",
            '\\' if !is_hex_escape(&field[index..]) => escaped += "\\\\",
            other => escaped.push(other),
        }
    }
    escaped
}

fn is_hex_escape(text: &str) -> bool {
    matches!(text.as_bytes(), [b'\\', b'x', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

fn unescape(field: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b't') => bytes.push(b'\t'),
            Some(b'n') => bytes.push(b'\n'),
            Some(b'\\') => bytes.push(b'\\'),
            Some(b'x') => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| (byte as char).to_digit(16));
                match (digit(rest.next()), digit(rest.next())) {
                    (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
                    _ => return Err(format!("\\x without two digits in {field:?}")),
                }
            }
            _ => return Err(format!("an unknown escape in {field:?}")),
        }
    }
    String::from_utf8(bytes).map_err(|_| format!("not UTF-8: {field:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let fields = ["", "plain", "tab\t", "line\nend\r", "back\\slash \\t", "é"];
        assert_eq!(split(&join(&fields)).unwrap(), fields);
        assert!(!join(&fields).contains(['\n', '\r']));
    }

    #[test]
    fn bytes_go_through() {
        assert_eq!(join(&["/\\xff"]), "/\\xff");
        assert_eq!(split("\\x2fa").unwrap(), ["/a"]);
        for bad in ["\\xff", "\\q", "\\x1", "\\"] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }
}
