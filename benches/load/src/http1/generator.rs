use std::collections::VecDeque;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, Event};

use super::Options;
use super::connection::{Connection, Progress};
use super::request::Requests;
use super::schedule::Schedule;
use crate::Result;
use crate::report::Report;

/// How long answers are waited for when no more requests are sent.
const PATIENCE: Duration = Duration::from_secs(5);
/// Failures in a row after which the proxy counts as gone.
const MOST_FAILURES: u32 = 10_000;

/// The connections, and which of them are free to take the next request.
pub(super) struct Generator<'a> {
    options: &'a Options,
    address: SocketAddr,
    requests: Requests,
    poll: OwnedFd,
    connections: Vec<Connection>,
    /// Those that wait for a request, in the order in which they became free.
    free: VecDeque<usize>,
    measured_from: Instant,
    failures: u32,
    report: Report,
}

impl<'a> Generator<'a> {
    /// With all its connections begun.
    pub(super) fn new(options: &'a Options, address: SocketAddr) -> Result<Self> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let connections = (0..options.connections)
            .map(|number| Connection::open(address, &poll, number, None))
            .collect::<Result<Vec<_>>>()?;
        Ok(Generator {
            options,
            address,
            requests: Requests::new(options)?,
            poll,
            free: (0..connections.len()).collect(),
            connections,
            measured_from: Instant::now() + Duration::from_secs_f64(options.warmup),
            failures: 0,
            report: Report::new()?,
        })
    }

    /// Sends what is due and reads what comes, until the time is up.
    pub(super) fn run(mut self) -> Result<Report> {
        let start = Instant::now();
        let duration = Duration::from_secs_f64(self.options.warmup + self.options.duration);
        let mut schedule = Schedule::new(start, duration, self.options.rate);
        let patience = schedule.end() + PATIENCE;
        let mut events = Vec::with_capacity(self.connections.len().min(256));
        let mut buffer = vec![0; 64 << 10];
        loop {
            let now = Instant::now();
            let next = self.send_due(&mut schedule, now)?;
            let is_done = next.is_none() && self.free.len() == self.connections.len();
            if is_done || now >= patience || (now >= schedule.end() && !self.is_waiting()) {
                break;
            }
            // With no connection free, the next thing to happen is an answer.
            let until = next.filter(|_| !self.free.is_empty()).unwrap_or(patience);
            wait(&self.poll, &mut events, until.saturating_duration_since(now))?;
            for event in &events {
                self.advance(event.data.u64() as usize, &mut buffer)?;
            }
        }
        let unanswered = self.connections.iter().filter(|connection| connection.due.is_some()).count();
        self.report.errors += unanswered as u64;
        // What was due and found no free connection by the end.
        while schedule.due(schedule.end()).is_some() {
            schedule.take();
            self.report.errors += 1;
        }
        self.report.elapsed = start.elapsed();
        Ok(self.report)
    }

    /// Gives what is due to free connections; says when the next one is due.
    fn send_due(&mut self, schedule: &mut Schedule, now: Instant) -> Result<Option<Instant>> {
        loop {
            let Some(due) = schedule.due(now) else { return Ok(None) };
            if due > now {
                return Ok(Some(due));
            }
            let Some(number) = self.free.pop_front() else { return Ok(Some(due)) };
            let request = self.requests.get(schedule.take());
            if let Progress::Broken = self.connections[number].send(request, due) {
                self.fail(number)?;
            }
        }
    }

    fn is_waiting(&self) -> bool {
        self.free.len() < self.connections.len()
    }

    fn advance(&mut self, number: usize, buffer: &mut [u8]) -> Result<()> {
        match self.connections[number].advance(buffer) {
            Progress::None => Ok(()),
            Progress::Broken => self.fail(number),
            Progress::Answered(status) => self.answered(number, status),
        }
    }

    fn answered(&mut self, number: usize, status: u16) -> Result<()> {
        self.failures = 0;
        let due = self.connections[number].due.take();
        if (200..300).contains(&status) {
            let measured = due.filter(|due| *due >= self.measured_from);
            self.report.answered(measured.map(|due| due.elapsed()));
        } else {
            self.report.errors += 1;
        }
        if self.options.new_connections {
            self.reopen(number)?;
        }
        self.free.push_back(number);
        Ok(())
    }

    /// A connection that broke takes its request with it; one that was closed while idle takes nothing.
    fn fail(&mut self, number: usize) -> Result<()> {
        if self.connections[number].due.take().is_some() {
            self.report.errors += 1;
            self.free.push_back(number);
        }
        self.failures += 1;
        if self.failures > MOST_FAILURES {
            return Err(format!("{} failures in a row", self.failures).into());
        }
        self.reopen(number)
    }

    fn reopen(&mut self, number: usize) -> Result<()> {
        self.connections[number] = Connection::open(self.address, &self.poll, number, None)?;
        Ok(())
    }
}

fn wait(poll: &OwnedFd, events: &mut Vec<Event>, limit: Duration) -> Result<()> {
    events.clear();
    let limit = Timespec { tv_sec: limit.as_secs() as i64, tv_nsec: i64::from(limit.subsec_nanos()) };
    match epoll::wait(poll, rustix::buffer::spare_capacity(events), Some(&limit)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
