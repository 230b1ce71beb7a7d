use std::mem::MaybeUninit;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, HeaderValue};
use httparse::Header;

use super::framing::Seen;
use super::malformed::Malformed;
use super::names::name_of;
use super::passed::Runs;

/// How many fields the head of a message may have before memory is taken for them.
const USUAL_FIELDS: usize = 100;

/// The places of a field's name and value within a head.
type Place = (Range<u32>, Range<u32>);

/// What the head of a message may have at most.
#[derive(Clone, Copy)]
pub(crate) struct HeadLimits {
    pub(crate) bytes: usize,
    pub(crate) fields: usize,
}

/// Takes a head from the beginning of the buffer, and with it what `parse` makes of its first line; none if it is not there to
/// its end. `parse` gets the bytes and room for fields, and gives the length of the head.
pub(super) fn take_head<T>(
    buffer: &mut BytesMut,
    limits: HeadLimits,
    parse: impl for<'b> FnOnce(&'b [u8], &mut [MaybeUninit<Header<'b>>]) -> Result<Option<(usize, T)>, Malformed>,
) -> Result<Option<(Bytes, T)>, Malformed> {
    match with_room(limits.fields, |room| parse(buffer, room))? {
        Some((len, line)) if len <= limits.bytes => Ok(Some((buffer.split_to(len).freeze(), line))),
        None if buffer.len() < limits.bytes => Ok(None),
        _ => Err(Malformed::HeadTooLarge),
    }
}

/// Calls `parse` with room for as many fields as `limit`.
fn with_room<'b, T>(limit: usize, parse: impl FnOnce(&mut [MaybeUninit<Header<'b>>]) -> T) -> T {
    // Not set to anything: to clear it would cost as much as to parse a small head.
    if limit <= USUAL_FIELDS {
        parse(&mut [const { MaybeUninit::uninit() }; USUAL_FIELDS][..limit])
    } else {
        parse(&mut vec![MaybeUninit::uninit(); limit])
    }
}

/// Where the fields stand in `bytes`, which they were parsed from: they outlive the borrow.
pub(super) struct Places {
    usual: [Place; 24],
    more: Vec<Place>,
    count: usize,
}

impl Places {
    pub(super) fn new() -> Self {
        Places { usual: [const { (0..0, 0..0) }; 24], more: Vec::new(), count: 0 }
    }

    /// Notes where the fields stand. It is filled where it lies: to hand it on would cost as much as to fill it.
    /// Those that are only passed on are noted in `runs`, if there are some to be.
    pub(super) fn note(&mut self, bytes: &[u8], fields: &[Header<'_>], mut runs: Option<&mut Runs>) {
        for field in fields {
            if runs.as_mut().is_some_and(|runs| runs.take(bytes, field)) {
                continue;
            }
            let place = (within(bytes, field.name.as_bytes()), within(bytes, field.value));
            match self.usual.get_mut(self.count) {
                Some(usual) => *usual = place,
                None => self.more.push(place),
            }
            self.count += 1;
        }
    }

    /// Puts the fields of `head` into an empty map, each value a share of the head, but for those of which all is noted in `seen`.
    pub(super) fn put_into(
        &self,
        headers: &mut HeaderMap,
        head: &Bytes,
        seen: &mut Seen,
    ) -> Result<(), Malformed> {
        for (name, value) in self.usual[..self.count.min(self.usual.len())].iter().chain(&self.more) {
            let name = name_of(&head[usize_of(name)])?;
            if !seen.note(&name, &head[usize_of(value)]) {
                continue;
            }
            let value = HeaderValue::from_maybe_shared(head.slice(usize_of(value)))
                .map_err(|_| Malformed::Syntax("a field's value is malformed"))?;
            if headers.capacity() == 0 {
                // Nearly all that comes here is there for a few names: of its own a map makes room for six.
                headers.reserve(self.count.max(3));
            }
            headers.append(name, value);
        }
        Ok(())
    }
}

/// Where `part`, a part of `bytes`, stands in it. Heads are far smaller than 4 GiB.
pub(super) fn within(bytes: &[u8], part: &[u8]) -> Range<u32> {
    let start = (part.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
    if start > bytes.len() {
        // An empty value may point anywhere.
        return 0..0;
    }
    start as u32..(start + part.len()) as u32
}

pub(super) fn usize_of(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
