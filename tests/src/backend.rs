//! Sample backends: real HTTP servers, each a process of its own.

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;

use crate::client::{self, Request};
use crate::wait;

/// A sample backend, which can be killed and started again at the same address. It ends when this is dropped.
pub struct Backend {
    program: String,
    arguments: Vec<String>,
    name: String,
    address: String,
    child: Child,
}

/// What a sample backend has counted since it was started. Calls of the tests' own are not counted.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct Counts {
    /// Open connections on which a request came.
    pub connections: usize,
    /// Connections on which a request ever came.
    pub accepted: usize,
    /// Connections that were closed without a request, as health checks do.
    pub probes: usize,
    /// Requests whose answer has not ended.
    pub active: usize,
    /// The most of them that there were at a time.
    pub most_active: usize,
    /// Requests that ever came.
    pub requests: usize,
    /// Requests whose client left before the answer ended.
    pub cancelled: usize,
}

impl Backend {
    /// Starts a backend on a free port. `program` is the path of `sample-backend`.
    pub fn start(program: &str, name: &str) -> Result<Self, String> {
        Self::start_at(program, name, &format!("{}:0", own_address()), &[])
    }

    /// Starts a backend with more options (see `sample-backend`), at `HOST:PORT` or `unix:PATH`.
    pub fn start_at(program: &str, name: &str, listen: &str, options: &[&str]) -> Result<Self, String> {
        let arguments: Vec<_> = options.iter().map(|option| option.to_string()).collect();
        let (child, address) = spawn(program, name, listen, &arguments)?;
        Ok(Backend { program: program.into(), arguments, name: name.into(), address, child })
    }

    /// Where it listens: `HOST:PORT` or `unix:PATH`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its target, as a route takes it.
    pub fn target(&self) -> String {
        if self.address.starts_with("unix:") {
            self.address.clone()
        } else if self.arguments.iter().any(|argument| argument == "--tls-cert") {
            format!("https://{}", self.address)
        } else {
            format!("http://{}", self.address)
        }
    }

    /// Kills the process at once (SIGKILL), as a crash would.
    pub fn kill(&mut self) -> Result<(), String> {
        self.child.kill().and_then(|()| self.child.wait()).map(drop).map_err(|error| error.to_string())
    }

    /// Starts it again where it was.
    pub fn restart(&mut self) -> Result<(), String> {
        self.kill()?;
        (self.child, self.address) = spawn(&self.program, &self.name, &self.address, &self.arguments)?;
        Ok(())
    }

    /// What it has counted.
    pub fn counts(&self) -> Result<Counts, String> {
        let answer = self.control("GET", "counts")?;
        serde_json::from_slice(&answer).map_err(|error| error.to_string())
    }

    /// Lets requests pass that wait at a gate.
    pub fn open_gate(&self, gate: &str) -> Result<(), String> {
        self.control("POST", &format!("open/{gate}")).map(drop)
    }

    /// Closes connections on which no request runs.
    pub fn close_idle(&self) -> Result<(), String> {
        self.control("POST", "close-idle").map(drop)
    }

    fn control(&self, method: &str, what: &str) -> Result<Vec<u8>, String> {
        let request = Request::new(method, &format!("/.sample/{what}")).header("Connection", "close");
        let answer =
            client::send(&self.address, &request).map_err(|error| format!("{}: {error}", self.name))?;
        if answer.status() == 200 { Ok(answer.body) } else { Err(answer.text()) }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // A test may have killed it; then there is nothing left to do.
        let _ = self.kill();
    }
}

fn spawn(program: &str, name: &str, listen: &str, arguments: &[String]) -> Result<(Child, String), String> {
    let mut child = Command::new(program)
        .args(["--name", name, "--listen", listen])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let output = child.stdout.take().ok_or("the backend has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    match line.trim_end().strip_prefix("listening on ") {
        Some(address) => Ok((child, address.to_owned())),
        None => {
            let status = wait::until(|| child.try_wait().ok().flatten().ok_or("it goes on"))?;
            Err(format!("the backend {name} at {listen} did not start: {line:?}, {status}"))
        }
    }
}

/// A loopback address that no one else binds, where the system has all of 127.0.0.0/8: the port of a backend that
/// was killed is not taken by another test before it comes back.
pub fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    if cfg!(not(target_os = "linux")) {
        return Ipv4Addr::LOCALHOST;
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high | 0x80, low, (number % 250) as u8 + 1)
}
