use std::mem::MaybeUninit;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, HeaderValue};
use httparse::Header;

use super::framing::Seen;
use super::malformed::Malformed;
use super::names::name_of;

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
    pub(super) fn note(&mut self, bytes: &[u8], fields: &[Header<'_>]) {
        let place = |field: &Header<'_>| (within(bytes, field.name.as_bytes()), within(bytes, field.value));
        self.count = fields.len();
        if fields.len() <= self.usual.len() {
            for (place_of, field) in self.usual.iter_mut().zip(fields) {
                *place_of = place(field);
            }
        } else {
            self.more = fields.iter().map(place).collect();
        }
    }

    /// Puts the fields of `head` into an empty map, each value a share of the head, but for those of which all is noted in `seen`.
    pub(super) fn put_into(
        &self,
        headers: &mut HeaderMap,
        head: &Bytes,
        seen: &mut Seen,
    ) -> Result<(), Malformed> {
        let places = if self.more.is_empty() { &self.usual[..self.count] } else { &self.more[..] };
        // Room for the answer's fields as well, which come into the same map. That for more than six is above what glibc's thread
        // cache keeps.
        headers.reserve(self.count.max(6));
        for (name, value) in places {
            let name = name_of(&head[usize_of(name)])?;
            let value = HeaderValue::from_maybe_shared(head.slice(usize_of(value)))
                .map_err(|_| Malformed::Syntax("a field's value is malformed"))?;
            if seen.note(&name, &value) {
                headers.append(name, value);
            }
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
