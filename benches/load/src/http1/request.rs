use bytes::Bytes;
use http::Uri;

use super::Options;
use crate::Result;

/// What stands in an address for a number.
const NUMBER: &str = "%n";

/// The requests, written out once: the same one again and again, or one for each number.
pub(super) struct Requests(Vec<Bytes>);

impl Requests {
    pub(super) fn new(options: &Options) -> Result<Self> {
        (0..options.numbers).map(|number| render(options, number)).collect::<Result<_>>().map(Requests)
    }

    pub(super) fn get(&self, turn: u64) -> Bytes {
        self.0[(turn % self.0.len() as u64) as usize].clone()
    }
}

fn render(options: &Options, number: u32) -> Result<Bytes> {
    let uri: Uri = options.url.replace(NUMBER, &number.to_string()).parse()?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let authority = uri.authority().ok_or("the address has no host")?;
    let method = if options.body > 0 { "POST" } else { "GET" };
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {authority}\r\n");
    for header in &options.headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    if options.body > 0 {
        request.push_str(&format!("Content-Length: {}\r\n", options.body));
    }
    request.push_str("\r\n");
    let mut request = request.into_bytes();
    request.resize(request.len() + options.body, b'x');
    Ok(request.into())
}
