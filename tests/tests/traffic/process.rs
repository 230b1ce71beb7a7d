use std::{fs, io};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proxykit_tests::backend::Backend;
use proxykit_tests::host::{Answer, Host};
use proxykit_tests::wait;

/// A proxy in a process of its own, with one worker, whose memory and sleep are its own.
pub(crate) struct ProxyProcess {
    host: Host,
    pub(crate) address: String,
}

impl ProxyProcess {
    /// In front of this backend, without health checks.
    #[allow(dead_code, reason = "not all tests that share it need all of it")]
    pub(crate) fn before(backend: &Backend) -> Self {
        Self::with(backend, &[])
    }

    /// The same, with more options of the route.
    #[allow(dead_code, reason = "not all tests that share it need all of it")]
    pub(crate) fn with(backend: &Backend, options: &[&str]) -> Self {
        Self::to(&backend.target(), options)
    }

    /// The same, in front of this target.
    pub(crate) fn to(target: &str, options: &[&str]) -> Self {
        Self::of(&[], target, options)
    }

    /// The same, with more options of the manager.
    pub(crate) fn of(manager: &[&str], target: &str, options: &[&str]) -> Self {
        let mut host = Host::start(env!("CARGO_BIN_EXE_scenario-host")).unwrap();
        let mut call = |fields: &[&str]| match host.call(fields).unwrap() {
            Answer::Ok(values) => values,
            error => panic!("{fields:?}: {error:?}"),
        };
        call(&[&["new", "workers=1"], manager].concat());
        let route = ["add_route", "/", "1", target, "health_check=false"];
        call(&[&route, options].concat());
        call(&["start", "127.0.0.1:0"]);
        let address = call(&["address"]).remove(0);
        ProxyProcess { host, address }
    }

    /// Stops the process where it is, and returns when the last of its threads stands still (Linux).
    pub(crate) fn fall_asleep(&self) {
        self.signal(Signal::SIGSTOP);
        let is_stopped = |thread: io::Result<fs::DirEntry>| {
            let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
            status.lines().any(|line| line.starts_with("State:\tT"))
        };
        let threads = format!("/proc/{}/task", self.host.pid());
        wait::until_true("all threads stand still", || fs::read_dir(&threads).unwrap().all(is_stopped));
    }

    /// How many ends of pipes it has open (Linux).
    #[allow(dead_code, reason = "not all tests that share it need all of it")]
    pub(crate) fn pipes(&self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.host.pid())).unwrap();
        let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("pipe:")).count()
    }

    pub(crate) fn wake_up(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.host.pid().try_into().unwrap()), signal).unwrap();
    }

    /// The most memory that it ever held, in bytes (Linux).
    pub(crate) fn peak_memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.host.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }
}
