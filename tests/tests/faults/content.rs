//! Bodies that tell whose they are: each byte follows from the request's number and its own place, so that a byte of another answer,
//! a byte that is missing and a byte that comes twice are all found.

/// What a body is for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Upload,
    Download,
}

/// The body of this request, or of its answer.
pub(crate) fn make(id: u64, way: Way, size: usize) -> Vec<u8> {
    let words = (0..size.div_ceil(8) as u64).flat_map(|index| word(id, way, index).to_le_bytes());
    words.take(size).collect()
}

/// Says whether this is the whole body, its beginning only, or another one.
pub(crate) fn check(id: u64, way: Way, size: usize, body: &[u8]) -> Result<bool, String> {
    let expected = make(id, way, size);
    if body == expected {
        return Ok(true);
    }
    if expected.starts_with(body) {
        return Ok(false);
    }
    let place = body.iter().zip(&expected).position(|(is, should)| is != should).unwrap_or(size);
    Err(format!("a body of {} bytes instead of {size} differs from byte {place} on", body.len()))
}

/// The finaliser of SplitMix64.
fn word(id: u64, way: Way, index: u64) -> u64 {
    let seed = if way == Way::Upload { !id } else { id };
    let value = (seed ^ index.rotate_left(40)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
