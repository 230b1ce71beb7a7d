use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::http1::write_header;

/// The present time as a header, made once a second.
#[derive(Default)]
pub(in crate::server) struct Date(Mutex<(u64, String)>);

impl Date {
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if made.0 != second || made.1.is_empty() {
            *made = (second, httpdate::fmt_http_date(now));
        }
        write_header(out, "date", made.1.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_date_of_http() {
        let (date, mut out) = (Date::default(), Vec::new());
        date.write_to(&mut out);
        date.write_to(&mut out);
        let text = String::from_utf8(out).unwrap();
        for line in text.lines() {
            httpdate::parse_http_date(line.strip_prefix("date: ").unwrap()).unwrap();
        }
        assert_eq!(text.lines().count(), 2);
    }
}
