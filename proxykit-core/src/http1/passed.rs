use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use httparse::Header;

use super::head::within;
use super::malformed::Malformed;
use super::names::{is, is_asked_for};

/// Into how many runs the fields may fall: those that are asked for stand between them. Of nginx's answers there are three.
const MOST_RUNS: usize = 4;

/// Where in a head the fields stand that are only passed on, whole lines each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Runs {
    places: [(u16, u16); MOST_RUNS],
    count: u8,
    has_date: bool,
    /// The value of the first `Host`; it begins at 0 if there is none.
    host: (u16, u16),
}

/// The fields of a head that are only passed on: those that the proxy does not ask for, in the form that they came in.
///
/// To make a name and a value of a field, to put it into a map and to write it from there costs 350 instructions, and of most heads
/// nearly all fields are never asked for. They are written as they came, all that stand together at once. `Host` is asked for in
/// each request, and therefore known, but nearly always passed on as it is.
///
/// They go beside a request as its map does: who sends it reads them, and puts those of the answer in their place.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    head: Bytes,
    runs: Runs,
}

impl Runs {
    /// Takes a field of `bytes`, which it was parsed from; false if it belongs into the map: it is asked for, or its line is not
    /// what we would write, or there are too many runs.
    #[inline]
    pub(super) fn take(&mut self, bytes: &[u8], field: &Header<'_>) -> bool {
        let mut is_host = false;
        if is_asked_for(field.name.as_bytes()) {
            // Of that length no other is.
            is_host = field.name.len() == 4 && self.host.0 == 0;
            if !is_host {
                return false;
            }
        }
        let (name, value) = (within(bytes, field.name.as_bytes()), within(bytes, field.value));
        // Names and values were parsed, and so have no other bytes than those of an `http::HeaderMap`. What stands around them is
        // for readers less strict than ours to trip over: a line that ends without CR, spaces, nothing behind the colon.
        let is_plain = value.start == name.end + 2
            && bytes.get(name.end as usize + 1) == Some(&b' ')
            && bytes.get(value.end as usize..value.end as usize + 2) == Some(b"\r\n");
        let (Ok(start), Ok(end)) = (u16::try_from(name.start), u16::try_from(value.end + 2)) else {
            return false;
        };
        let count = usize::from(self.count);
        if !is_plain {
            return false;
        }
        match self.places[..count].last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ if count == MOST_RUNS => return false,
            _ => {
                self.places[count] = (start, end);
                self.count += 1;
            }
        }
        self.has_date |= is(field.name.as_bytes(), b"date");
        if is_host {
            self.host = (value.start as u16, end - 2);
        }
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Passed {
    pub(super) fn of(head: &Bytes, runs: Runs) -> Self {
        if runs.is_empty() { Passed::default() } else { Passed { head: head.clone(), runs } }
    }

    /// Whether the message is dated by one of them.
    pub(crate) fn has_date(&self) -> bool {
        self.runs.has_date
    }

    /// What `Host` says, if it is among them.
    pub(crate) fn host(&self) -> Option<HeaderValue> {
        let (start, end) = self.runs.host;
        let value = (start > 0).then(|| self.head.slice(usize::from(start)..usize::from(end)))?;
        HeaderValue::from_maybe_shared(value).ok()
    }

    /// How many bytes they have.
    pub(crate) fn len(&self) -> usize {
        self.runs().map(<[u8]>::len).sum()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        for run in self.runs() {
            out.extend_from_slice(run);
        }
    }

    /// Puts them into a map, for who asks for more than the proxy does. They are still here then.
    ///
    /// # Errors
    /// None of what was parsed as names and values.
    pub(crate) fn put_into(&self, headers: &mut HeaderMap) -> Result<(), Malformed> {
        for line in self.runs().flat_map(|run| run.split_inclusive(|byte| *byte == b'\n')) {
            // No name has a colon, and no value a line's end.
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or_default();
            let name = HeaderName::from_bytes(&line[..colon])
                .map_err(|_| Malformed::Syntax("a field's name is malformed"))?;
            let value = line.get(colon + 2..line.len() - 2).unwrap_or_default();
            let value = HeaderValue::from_maybe_shared(self.head.slice_ref(value))
                .map_err(|_| Malformed::Syntax("a field's value is malformed"))?;
            headers.append(name, value);
        }
        Ok(())
    }

    fn runs(&self) -> impl Iterator<Item = &[u8]> {
        let places = &self.runs.places[..usize::from(self.runs.count)];
        places.iter().map(|(start, end)| &self.head[usize::from(*start)..usize::from(*end)])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is passed on of a head, and how many fields are not.
    fn passed(head: &str) -> (Passed, usize) {
        let (mut room, mut runs) = ([httparse::EMPTY_HEADER; 64], Runs::default());
        let parsed = httparse::parse_headers(head.as_bytes(), &mut room).unwrap();
        let httparse::Status::Complete((_, fields)) = parsed else { panic!("{head:?} has no end") };
        let others = fields.iter().filter(|field| !runs.take(head.as_bytes(), field)).count();
        (Passed::of(&Bytes::copy_from_slice(head.as_bytes()), runs), others)
    }

    fn written(passed: &Passed) -> String {
        let mut out = Vec::new();
        passed.write_to(&mut out);
        assert_eq!(out.len(), passed.len());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_not_asked_for_is_passed_on_as_it_came() {
        let (passed, others) = passed(
            "HOST: h\r\nUser-Agent: a b\r\nX-Own: 1\r\nCONNECTION: close\r\nx-own: 2\r\nHost: i\r\n\r\n",
        );
        assert_eq!(written(&passed), "HOST: h\r\nUser-Agent: a b\r\nX-Own: 1\r\nx-own: 2\r\n");
        assert_eq!((others, passed.has_date(), passed.host().unwrap()), (2, false, "h".parse().unwrap()));
        let mut headers = HeaderMap::new();
        passed.put_into(&mut headers).unwrap();
        assert_eq!(headers["user-agent"], "a b");
        assert_eq!(headers.get_all("x-own").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(headers.len(), 4);
    }

    #[test]
    fn a_line_that_we_would_write_otherwise_is_not_passed_on() {
        for line in ["a:b\r\n", "a:  b\r\n", "a: b \r\n", "a: b\n", "a:\r\n", "a:\tb\r\n"] {
            let (passed, others) = passed(&format!("{line}date: d\r\n\r\n"));
            assert_eq!((&*written(&passed), others), ("date: d\r\n", 1), "{line:?}");
            assert!(passed.has_date());
        }
    }

    #[test]
    fn the_runs_are_counted_and_within_reach() {
        let lines: String = (0..6).map(|number| format!("x-{number}: {number}\r\nhost: h\r\n")).collect();
        let (few, others) = passed(&format!("{lines}\r\n"));
        assert_eq!((written(&few).lines().count(), others), (6, 6));
        let long = "v".repeat(65_530);
        let (far, others) = passed(&format!("a: b\r\nx: {long}\r\n\r\n"));
        assert_eq!((&*written(&far), others), ("a: b\r\n", 1));
    }

    proptest! {
        /// Whatever bytes httparse takes for a name and a value, a map takes as well, and gives the same.
        #[test]
        fn what_is_parsed_belongs_into_a_map(name in "[ -~]{1,9}", value in prop::collection::vec(any::<u8>(), 1..9)) {
            let line = [name.as_bytes(), b": ", &value, b"\r\n\r\n"].concat();
            let mut room = [httparse::EMPTY_HEADER; 4];
            let Ok(httparse::Status::Complete((_, fields))) = httparse::parse_headers(&line, &mut room) else {
                return Ok(());
            };
            let (mut runs, mut headers) = (Runs::default(), HeaderMap::new());
            if runs.take(&line, &fields[0]) {
                Passed::of(&Bytes::copy_from_slice(&line), runs).put_into(&mut headers).unwrap();
                prop_assert_eq!(headers.get(fields[0].name).unwrap().as_bytes(), fields[0].value);
            }
        }
    }
}
