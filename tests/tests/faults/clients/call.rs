use std::time::Duration;

use proxykit_tests::strict::Head;

use super::Phase;
use crate::content::{self, Way};
use crate::fault::{Fault, Outcome};

/// One request, as it was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: u64,
    /// Which of the phase's places.
    pub(crate) place: usize,
    pub(crate) method: &'static str,
    /// How many bytes it sends, and whether in chunks.
    pub(crate) upload: usize,
    pub(crate) is_chunked: bool,
    /// How many bytes it asks for.
    pub(crate) download: usize,
    /// When the client goes, whatever came until then.
    pub(crate) leaves_after: Option<Duration>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    /// Whether its end was seen.
    pub(crate) is_whole: bool,
}

impl Call {
    /// The next call of a client.
    pub(crate) fn choose(
        phase: &Phase,
        client: u64,
        number: u64,
        tunnel: bool,
        choices: &mut fastrand::Rng,
    ) -> Self {
        let fits = |index: &usize| phase.places[*index].takes_tunnels == tunnel;
        let fitting: Vec<usize> = (0..phase.places.len()).filter(fits).collect();
        let method = ["GET", "GET", "GET", "HEAD", "POST", "POST", "POST", "PUT"][choices.usize(..8)];
        let has_upload = matches!(method, "POST" | "PUT");
        Call {
            id: phase.number << 40 | client << 32 | number,
            // The first place has the healthy backends: it takes a part of all calls.
            place: if choices.u8(..4) == 0 { fitting[0] } else { fitting[choices.usize(..fitting.len())] },
            method,
            upload: if has_upload { size(choices) } else { 0 },
            is_chunked: choices.bool(),
            download: size(choices),
            leaves_after: (choices.u8(..10) == 0).then(|| Duration::from_micros(choices.u64(..30_000))),
        }
    }

    /// What the backend sees of the target.
    fn backend_target(&self) -> String {
        format!("/{:x}?q=%2F{}", self.id, self.download)
    }

    pub(crate) fn target(&self, phase: &Phase) -> String {
        format!("{}{}", phase.places[self.place].prefix.trim_end_matches('/'), self.backend_target())
    }

    /// The fields that tell the backend what to do.
    pub(crate) fn fields(&self) -> [(&'static str, String); 3] {
        [
            ("x-id", format!("{:x}", self.id)),
            ("x-size", self.download.to_string()),
            ("x-upload", self.upload.to_string()),
        ]
    }

    /// What this answer is.
    ///
    /// # Errors
    /// It is not an answer to this call.
    pub(crate) fn judge(&self, answer: &Answer) -> Result<Outcome, String> {
        let Answer { head, body, is_whole } = answer;
        if let Some(report) = head.one("proxy-status") {
            if !is_whole {
                return Err("an answer of the proxy's own broke off".into());
            }
            let name = report.split("details=\"").nth(1).and_then(|rest| rest.split('"').next());
            return name
                .map(|name| Outcome::Error(name.into()))
                .ok_or_else(|| format!("no error in {report:?}"));
        }
        if head.status()? != 200 {
            return Err(format!("unexpected answer {head:?}"));
        }
        let expected = [
            ("x-id", format!("{:x}", self.id)),
            ("x-target", self.backend_target()),
            ("x-size", self.download.to_string()),
        ];
        for (name, value) in expected {
            if head.one(name) != Some(&value) {
                return Err(format!("{name} is not {value:?} but {:?}", head.one(name)));
            }
        }
        let size = if self.method == "HEAD" { 0 } else { self.download };
        match (content::check(self.id, Way::Download, size, body)?, is_whole) {
            (true, true) => Ok(Outcome::Whole),
            (false, true) => {
                Err(format!("an answer of {} bytes instead of {size} ended as if it were whole", body.len()))
            }
            (_, false) => Ok(Outcome::Broken),
        }
    }

    /// Whether it may be sent twice, and is at hand to be.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.upload == 0 && self.method != "POST"
    }

    /// Whether a fault cannot be seen in this call: nothing of a body breaks off where there is none.
    pub(crate) fn hides(&self, fault: Fault) -> bool {
        let is_of_body = matches!(
            fault,
            Fault::ResetBody | Fault::DieLength | Fault::DieChunked | Fault::H2Drop | Fault::H2Reset
        );
        is_of_body && (self.method == "HEAD" || self.download < 2)
    }
}

/// Mostly small, at times large.
fn size(choices: &mut fastrand::Rng) -> usize {
    match choices.u8(..20) {
        0 => 0,
        1 => choices.usize(..400_000),
        2..5 => choices.usize(..50_000),
        _ => choices.usize(..3_000),
    }
}
