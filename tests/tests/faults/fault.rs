//! The faults, and what a client may see of each.

/// What is wrong with a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Nobody listens on its port.
    Refuse,
    /// Its unix socket is not there.
    Missing,
    /// Its accept queue is full.
    Stuck,
    /// It accepts and never answers.
    Hang,
    /// It resets each connection that it accepts.
    ResetConnect,
    /// It resets in the middle of its answer's head.
    ResetHead,
    /// It resets in the middle of its answer's body.
    ResetBody,
    /// What it sends is not HTTP.
    Garbage,
    /// It closes in the middle of a body of known length.
    DieLength,
    /// It closes in the middle of a chunked body.
    DieChunked,
    /// It answers before it has read the request, and closes.
    Early,
    /// The same, without hearing the request out, so that the connection is reset.
    EarlyClose,
    /// It comes and goes.
    Flap,
    /// It answers in small pieces, with a pause before each.
    Slow,
    /// It closes kept connections without a word.
    Retire,
    /// It speaks HTTP/2, and closes the connection in the middle of a body.
    H2Drop,
    /// It speaks HTTP/2, and resets the stream in the middle of a body.
    H2Reset,
    /// It speaks HTTP/2, and says GOAWAY again and again.
    H2GoAway,
    /// It should speak HTTP/2 and does not.
    H2Garbage,
    /// It closes or resets its tunnels, or leaves them as they are.
    TunnelDie,
}

/// What a client saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A whole answer of a backend's, with everything as it should be.
    Whole,
    /// The beginning of such an answer, and that it broke off.
    Broken,
    /// An answer of the proxy's own: the name of its error.
    Error(String),
}

impl Fault {
    pub(crate) const ALL: [Fault; 20] = [
        Fault::Refuse,
        Fault::Missing,
        Fault::Stuck,
        Fault::Hang,
        Fault::ResetConnect,
        Fault::ResetHead,
        Fault::ResetBody,
        Fault::Garbage,
        Fault::DieLength,
        Fault::DieChunked,
        Fault::Early,
        Fault::EarlyClose,
        Fault::Flap,
        Fault::Slow,
        Fault::Retire,
        Fault::H2Drop,
        Fault::H2Reset,
        Fault::H2GoAway,
        Fault::H2Garbage,
        Fault::TunnelDie,
    ];

    pub(crate) fn speaks_http2(self) -> bool {
        matches!(self, Fault::H2Drop | Fault::H2Reset | Fault::H2GoAway | Fault::H2Garbage)
    }

    /// Whether what goes wrong can be seen before anything of the request is sent, so that another backend takes it.
    fn is_harmless_among_others(self) -> bool {
        matches!(self, Fault::Refuse | Fault::Missing | Fault::Stuck)
    }

    /// Whether a client may see this: of the faulty backend alone, or of one among healthy ones.
    pub(crate) fn allows(self, outcome: &Outcome, among_others: bool, is_repeatable: bool) -> bool {
        if among_others && (*outcome == Outcome::Whole || self.is_harmless_among_others()) {
            return *outcome == Outcome::Whole;
        }
        let error = match outcome {
            Outcome::Error(name) => name.as_str(),
            _ => "",
        };
        let is_closed = error == "upstream_closed";
        match self {
            Fault::Refuse | Fault::Missing => error == "connect_failed",
            Fault::Stuck => error == "connect_timeout",
            Fault::Hang => error == "response_timeout",
            // The reset may come while the connection is still looked at.
            Fault::ResetConnect => is_closed || error == "connect_failed",
            Fault::ResetHead => is_closed || error == "upstream_protocol",
            Fault::Garbage => error == "upstream_protocol",
            // A reset may overtake the head.
            Fault::ResetBody | Fault::H2Drop | Fault::H2Reset => is_closed || *outcome == Outcome::Broken,
            Fault::DieLength | Fault::DieChunked | Fault::TunnelDie => *outcome == Outcome::Broken,
            Fault::EarlyClose => is_closed || matches!(outcome, Outcome::Whole | Outcome::Broken),
            Fault::Early | Fault::Slow | Fault::H2GoAway => *outcome == Outcome::Whole,
            Fault::Flap => {
                *outcome == Outcome::Whole
                    || *outcome == Outcome::Broken
                    || is_closed
                    || error == "connect_failed"
            }
            // A request that crosses the close on its way may have been processed.
            Fault::Retire => *outcome == Outcome::Whole || is_closed && !is_repeatable,
            Fault::H2Garbage => is_closed || error == "upstream_protocol" || error == "connect_failed",
        }
    }
}
