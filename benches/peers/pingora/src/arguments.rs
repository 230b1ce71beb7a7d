use std::error::Error;

/// What the command line says.
pub(crate) struct Arguments {
    pub(crate) workers: usize,
    pub(crate) is_http2_upstream: bool,
    /// The files of a certificate's chain and of its key.
    pub(crate) tls: Option<(String, String)>,
    /// Prefixes, and the addresses of their backends.
    pub(crate) routes: Vec<(String, Vec<String>)>,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut found = Arguments { workers: 1, is_http2_upstream: false, tls: None, routes: Vec::new() };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} lacks its value"));
            match word.as_str() {
                "--workers" => found.workers = value()?.parse()?,
                "--upstream" => {
                    found.is_http2_upstream = match value()?.as_str() {
                        "http" => false,
                        "h2c" => true,
                        other => return Err(format!("--upstream is http or h2c, not {other:?}").into()),
                    }
                }
                "--tls" => found.tls = Some((value()?, value()?)),
                route => {
                    let (prefix, backends) =
                        route.split_once('=').ok_or_else(|| format!("{route:?} is not PREFIX=HOST:PORT"))?;
                    found.routes.push((prefix.to_owned(), backends.split(',').map(str::to_owned).collect()));
                }
            }
        }
        Ok(found)
    }
}
