//! Drives a scenario host: a small program, one for each language, that does with its Proxy Kit what it is told on
//! its standard input, line by line.

pub mod wire;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::wait::{self, DEADLINE};

/// A running scenario host.
pub struct Host {
    child: Child,
    commands: Option<ChildStdin>,
    answers: Receiver<String>,
}

/// What a host answered to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done; the values are the call's outputs.
    Ok(Vec<String>),
    /// It was refused.
    Error {
        /// The number of the error's kind.
        code: u32,
        /// Its name.
        name: String,
        /// Its sentence.
        message: String,
    },
}

impl Host {
    /// Starts a host. `command` is a program and its arguments, separated by spaces; a path among them is relative
    /// to the workspace's root, where the program runs.
    pub fn start(command: &str) -> Result<Self, String> {
        let root = crate::root();
        let mut words = command.split_whitespace();
        let program = words.next().ok_or("the host's command is empty")?;
        let program = if program.contains('/') { root.join(program) } else { program.into() };
        let mut child = Command::new(&program)
            .args(words)
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the host {command:?} does not start: {error}"))?;
        let output = child.stdout.take().ok_or("the host has no output")?;
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Host { commands: child.stdin.take(), child, answers })
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a command and waits for its answer.
    pub fn call<S: AsRef<str>>(&mut self, fields: &[S]) -> Result<Answer, String> {
        let mut line = wire::join(fields);
        line.push('\n');
        let commands = self.commands.as_mut().ok_or("the host was ended")?;
        commands.write_all(line.as_bytes()).map_err(|error| format!("the host reads no more: {error}"))?;
        let answer = self
            .answers
            .recv_timeout(DEADLINE)
            .map_err(|error| format!("the host does not answer: {error}"))?;
        Answer::parse(&answer)
    }

    /// Ends the host's input, and expects it to exit with 0.
    pub fn end(mut self) -> Result<(), String> {
        drop(self.commands.take());
        let status = wait::until(|| match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("the host goes on after its input ended".to_owned()),
            Err(error) => Err(error.to_string()),
        })?;
        if status.success() { Ok(()) } else { Err(format!("the host ended with {status}")) }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It has ended already, or failed its test: neither has anything to say here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn parse(line: &str) -> Result<Self, String> {
        let fields = wire::split(line)?;
        match fields.split_first() {
            Some((word, values)) if word == "ok" => Ok(Answer::Ok(values.to_vec())),
            Some((word, [code, name, message])) if word == "error" => {
                let code = code.parse().map_err(|_| format!("not a number in the host's answer {line:?}"))?;
                Ok(Answer::Error { code, name: name.clone(), message: message.clone() })
            }
            _ => Err(format!("the host's answer cannot be read: {line:?}")),
        }
    }
}
