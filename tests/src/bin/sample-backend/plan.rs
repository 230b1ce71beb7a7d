use std::time::Duration;

/// What the request header `x-sample` asks for: words separated by commas, each with a value where it says so.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// `status=N`: the answer's status.
    pub(crate) status: Option<u16>,
    /// `delay=MS`: how long the answer's head is held back.
    pub(crate) delay: Option<Duration>,
    /// `gate=NAME`: the answer's head is held back until the test opens the gate.
    pub(crate) gate: Option<String>,
    /// `body-gate=NAME`: the second half of the body is held back until the test opens the gate.
    pub(crate) body_gate: Option<String>,
    /// `every=MS`: the time between two events.
    pub(crate) every: Duration,
    /// `close`: the connection is closed without an answer.
    pub(crate) close: bool,
    /// `close-at=NAME`: the same, by the backend with this name only, once it has read the body.
    pub(crate) close_at: Option<String>,
    /// What the body is.
    pub(crate) body: Body,
}

/// What the body of an answer is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Body {
    /// The request, described in JSON.
    #[default]
    Description,
    /// `bytes=N`: so many bytes, with their number ahead.
    Bytes(u64),
    /// `chunks=N`: so many bytes, without their number.
    Chunks(u64),
    /// `die=N`: so many bytes of twice as many announced; then the connection breaks.
    Die(u64),
    /// `events=N`: so many server-sent events.
    Events(u64),
    /// `echo`: the request's body, as it comes.
    Echo,
    /// `count`: the number of bytes in the request's body.
    Count,
}

impl Plan {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut plan = Plan { every: Duration::from_millis(20), ..Plan::default() };
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let number = || value.parse::<u64>().map_err(|_| format!("x-sample: {word:?} needs a number"));
            match name {
                "status" => plan.status = Some(value.parse().map_err(|_| "x-sample: a bad status")?),
                "delay" => plan.delay = Some(Duration::from_millis(number()?)),
                "gate" => plan.gate = Some(value.to_owned()),
                "body-gate" => plan.body_gate = Some(value.to_owned()),
                "every" => plan.every = Duration::from_millis(number()?),
                "close" => plan.close = true,
                "close-at" => plan.close_at = Some(value.to_owned()),
                "bytes" => plan.body = Body::Bytes(number()?),
                "chunks" => plan.body = Body::Chunks(number()?),
                "die" => plan.body = Body::Die(number()?),
                "events" => plan.body = Body::Events(number()?),
                "echo" => plan.body = Body::Echo,
                "count" => plan.body = Body::Count,
                _ => return Err(format!("x-sample: {word:?} is unknown")),
            }
        }
        Ok(plan)
    }
}
