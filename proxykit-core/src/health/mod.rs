//! Active health checks: a probe for each backend, and the supervisor that keeps the probes in step with the table.

mod probe;
mod streak;
mod supervisor;

pub(crate) use supervisor::supervise;
