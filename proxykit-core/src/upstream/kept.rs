use bytes::Bytes;
use http_body::Frame;

/// How many pieces are kept. A small piece may hold on to a large buffer that it was read into.
const MOST_PIECES: usize = 16;

/// What was read of a body, so that it can be sent once more.
pub(super) struct Kept {
    pieces: Vec<Bytes>,
    bytes: usize,
    limit: usize,
    is_whole: bool,
}

impl Kept {
    pub(super) fn new(limit: usize) -> Self {
        Kept { pieces: Vec::new(), bytes: 0, limit, is_whole: true }
    }

    /// Whether nothing that was read is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(super) fn at(&self, position: usize) -> Option<Bytes> {
        self.pieces.get(position).cloned()
    }

    pub(super) fn is_at_end(&self, position: usize) -> bool {
        position >= self.pieces.len()
    }

    pub(super) fn bytes_from(&self, position: usize) -> u64 {
        self.pieces.iter().skip(position).map(|piece| piece.len() as u64).sum()
    }

    /// Keeps a piece if there is room, and else none of them. Trailers are not kept: who sends them streams.
    pub(super) fn keep(&mut self, frame: &Frame<Bytes>) -> bool {
        if !self.is_whole {
            return false;
        }
        match frame.data_ref() {
            Some(bytes) if self.bytes + bytes.len() <= self.limit && self.pieces.len() < MOST_PIECES => {
                self.bytes += bytes.len();
                self.pieces.push(bytes.clone());
                true
            }
            _ => {
                self.forget();
                false
            }
        }
    }

    pub(super) fn forget(&mut self) {
        self.pieces = Vec::new();
        self.bytes = 0;
        self.is_whole = false;
    }
}
