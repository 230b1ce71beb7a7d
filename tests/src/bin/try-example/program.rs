use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proxykit_tests::examples::Example;
use proxykit_tests::wait;

use crate::Result;

/// A running example, with what it has printed since the last step.
pub(crate) struct Program {
    child: Child,
    input: ChildStdin,
    output: Arc<Mutex<String>>,
}

impl Program {
    pub(crate) fn start(example: &Example) -> Result<Self> {
        Self::start_with(example, &[])
    }

    /// The same with these arguments.
    pub(crate) fn start_with(example: &Example, arguments: &[&Path]) -> Result<Self> {
        let mut command = example.command()?;
        let spawned = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| format!("{:?}: {error}; was it built?", example.command))?;
        let (Some(input), Some(lines)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the example has no input and output".into());
        };
        let output = Arc::new(Mutex::new(String::new()));
        let printed = output.clone();
        thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(std::result::Result::ok) {
                let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
                *printed += &line;
                printed.push('\n');
            }
        });
        Ok(Program { child, input, output })
    }

    /// Gives the next line, and waits until what is printed for it has all of `parts`; it must have none of `others`.
    pub(crate) fn step(&mut self, parts: &[&str], others: &[&str]) -> Result {
        self.printed().clear();
        self.input.write_all(b"\n").map_err(|error| error.to_string())?;
        self.expect_printed(parts)?;
        let printed = self.printed();
        match others.iter().find(|other| printed.contains(**other)) {
            Some(other) => Err(format!("{other:?} is printed still: {printed:?}")),
            None => Ok(()),
        }
    }

    /// Waits until all of `parts` are printed.
    pub(crate) fn expect_printed(&self, parts: &[&str]) -> Result {
        wait::until(|| {
            let printed = self.printed().to_lowercase();
            match parts.iter().find(|part| !printed.contains(**part)) {
                Some(missing) => Err(format!("no {missing:?} in what is printed: {printed:?}")),
                None => Ok(()),
            }
        })
    }

    /// Sends SIGTERM, and expects the example to end well.
    pub(crate) fn terminate(self) -> Result {
        self.signal(Signal::SIGTERM)?;
        self.expect_success()
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result {
        let pid = i32::try_from(self.child.id()).map_err(|error| error.to_string())?;
        kill(Pid::from_raw(pid), signal).map_err(|error| error.to_string())
    }

    /// Waits until the example has ended with 0.
    pub(crate) fn expect_success(mut self) -> Result {
        let status = wait::until(|| match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("it does not end".to_owned()),
            Err(error) => Err(error.to_string()),
        })?;
        if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
    }

    fn printed(&self) -> std::sync::MutexGuard<'_, String> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, or failed its trial.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
