//! The manager: the whole proxy as its host sees it, and the only place that starts threads.

mod callbacks;
mod fork;
mod lifecycle;
mod phase;
mod running;
mod status;
mod thread;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use status::{BackendStatus, RouteStatus};

use crate::config::{HandlerOptions, HealthCheck, ManagerOptions, Prefix, RouteOptions, Target};
use crate::control::{Command, Control, Route};
use crate::counters::Totals;
use crate::error::Result;
use crate::events::{Event, Events, Log, LogLevel, LogRecord};
use crate::handler::{Handler, HandlerRequest, Pool, Responder};
use crate::management::{Api, Reply};
use crate::proxy::ProxyService;
use crate::tls::ServerTls;
use callbacks::Callback;
use phase::Lifecycle;

/// A reverse proxy inside this process: its routes, its listeners, its threads.
///
/// A process may have many. All methods take `&self` and may be called from any thread at any time; those that
/// change routes and backends never wait, and work before `start` and after `stop` as well. Threads exist from
/// `start` to `stop` only. Dropping a manager stops it at once.
///
/// ```no_run
/// use proxykit_core::{Manager, ManagerOptions, RouteOptions};
///
/// let manager = Manager::new(ManagerOptions::default())?;
/// manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"], RouteOptions::default())?;
/// manager.serve("127.0.0.1:8080")?;
/// # Ok::<(), proxykit_core::Error>(())
/// ```
pub struct Manager {
    options: Arc<ManagerOptions>,
    control: Arc<Control>,
    tls: Option<Arc<ServerTls>>,
    handlers: Arc<Pool>,
    lifecycle: Lifecycle,
}

impl Manager {
    /// A manager without routes. No thread, socket or file is made before `start`; the files of certificates and keys are
    /// read here.
    ///
    /// # Errors
    /// `invalid_option`, with the option and its value in the message; `invalid_certificate`, with the file.
    pub fn new(options: ManagerOptions) -> Result<Self> {
        options.validate()?;
        let control = Arc::new(Control::default());
        let tls = ServerTls::new(&options, control.events())?;
        let (handlers, options) = (Arc::new(Pool::new(&options)), Arc::new(options));
        Ok(Manager { options, control, tls, handlers, lifecycle: Lifecycle::default() })
    }

    // --- routes and backends ---

    /// The writer of routes and backends, for hosts that make [`Command`]s themselves.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Adds a route for the paths that begin with `prefix`, with its first backends.
    ///
    /// # Errors
    /// `invalid_prefix`, `invalid_target`, `invalid_option`, `route_exists`. Nothing was changed then.
    pub fn add_route<S: AsRef<str>>(
        &self,
        prefix: &str,
        targets: impl IntoIterator<Item = S>,
        options: RouteOptions,
    ) -> Result<()> {
        let (prefix, targets) = (prefix.parse()?, parse_targets(targets)?);
        self.apply(Command::AddRoute { prefix, targets, options }).map(drop)
    }

    /// Adds a route whose requests `handler` answers: the host's own, beside those that have backends, on the same listener.
    ///
    /// It is called on threads of its own (`handler_threads`), many at once, with the whole request, and answers by the
    /// [`Responder`], at once or later from any thread. It may change routes and backends; calls that stop the manager or wait
    /// for it are `wrong_thread` there. What it holds is dropped when the route is gone and no call runs any more: while the
    /// manager is started on one of those threads, else on the thread that removed the route. A handler must not keep the
    /// manager itself alive (`Weak` helps).
    ///
    /// ```
    /// use proxykit_core::{HandlerOptions, Manager, ManagerOptions};
    ///
    /// let manager = Manager::new(ManagerOptions::default())?;
    /// manager.handle("/ping", HandlerOptions::default(), |request, responder| {
    ///     let text = format!("{} {}\n", request.method(), request.target());
    ///     // An error says that nobody waits for the answer any more.
    ///     responder.respond(200, [("content-type", "text/plain")], text).ok();
    /// })?;
    /// # Ok::<(), proxykit_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid_prefix`, `invalid_option`, `route_exists`, `forked`. The handler is dropped then.
    pub fn handle(
        &self,
        prefix: &str,
        options: HandlerOptions,
        handler: impl Fn(HandlerRequest, Responder) + Send + Sync + 'static,
    ) -> Result<()> {
        let handler = Handler::new(&self.handlers, options, handler);
        let prefix = prefix.parse()?;
        self.apply(Command::AddHandler { prefix, handler }).map(drop)
    }

    /// Removes a route. Requests in flight finish; later ones find no route.
    ///
    /// # Errors
    /// `invalid_prefix`, `route_not_found`.
    pub fn remove_route(&self, prefix: &str) -> Result<()> {
        let prefix = prefix.parse()?;
        self.apply(Command::RemoveRoute { prefix }).map(drop)
    }

    /// Adds backends to a route and says how many are new; those that it has already are left as they are.
    ///
    /// `health_check` is for the new ones; `None` is the route's own way.
    ///
    /// # Errors
    /// `invalid_prefix`, `invalid_target`, `invalid_option`, `route_not_found`, `route_is_handler`. Nothing was changed then.
    pub fn add_backends<S: AsRef<str>>(
        &self,
        prefix: &str,
        targets: impl IntoIterator<Item = S>,
        health_check: Option<HealthCheck>,
    ) -> Result<usize> {
        let (prefix, targets) = (prefix.parse()?, parse_targets(targets)?);
        self.apply(Command::AddBackends { prefix, targets, health_check })
    }

    /// Removes backends from a route and says how many it had. Requests in flight finish.
    ///
    /// # Errors
    /// `invalid_prefix`, `invalid_target`, `route_not_found`, `route_is_handler`. Nothing was changed then.
    pub fn remove_backends<S: AsRef<str>>(
        &self,
        prefix: &str,
        targets: impl IntoIterator<Item = S>,
    ) -> Result<usize> {
        let (prefix, targets) = (prefix.parse()?, parse_targets(targets)?);
        self.apply(Command::RemoveBackends { prefix, targets })
    }

    /// All routes with their backends, as they are at this moment, in the order of their prefixes.
    pub fn routes(&self) -> Vec<RouteStatus> {
        self.control.snapshot().routes().into_iter().map(|route| RouteStatus::of(route)).collect()
    }

    /// The backends of a route as they are at this moment, in the order in which they were added.
    ///
    /// # Errors
    /// `invalid_prefix`, `route_not_found`.
    pub fn list_backends(&self, prefix: &str) -> Result<Vec<BackendStatus>> {
        let route: Arc<Route> = self.control.route(&prefix.parse()?)?;
        Ok(RouteStatus::of(&route).backends)
    }

    /// One backend of a route as it is at this moment.
    ///
    /// # Errors
    /// `invalid_prefix`, `invalid_target`, `route_not_found`, `backend_not_found`.
    pub fn get_backend(&self, prefix: &str, target: &str) -> Result<BackendStatus> {
        let (prefix, target): (Prefix, Target) = (prefix.parse()?, target.parse()?);
        Ok(BackendStatus::of(&*self.control.backend(&prefix, &target)?))
    }

    /// What was counted in all since the manager was made: requests, how they ended, and the connections of clients. Calls of
    /// the management API are not among them.
    pub fn totals(&self) -> Totals {
        self.control.counted().read()
    }

    /// Reports how loaded a backend is, for routes with the balancer `least_load`: any figure from 0 up, in a unit of the
    /// host's own, which must be the same for all backends of a route. It stays until the next report; until the first it is 1.
    ///
    /// A backend that reports twice the load of another gets half as many requests at a time. At any time, as often as there is
    /// news: it costs a look-up, and no request waits.
    ///
    /// # Errors
    /// `invalid_prefix`, `invalid_target`, `invalid_argument`, `route_not_found`, `backend_not_found`. `forked`.
    pub fn report_load(&self, prefix: &str, target: &str, load: f64) -> Result<()> {
        self.lifecycle.check_not_forked()?;
        let (prefix, target): (Prefix, Target) = (prefix.parse()?, target.parse()?);
        self.control.backend(&prefix, &target)?.live().report_load(load)
    }

    /// Answers one call of the management API (`GET /endpoints/list?prefixPath=/x/`), for hosts that serve it on
    /// a server of their own and decide there who may call.
    ///
    /// In a forked child the answer is `forked`, with the status 500.
    pub fn manage(&self, method: &str, target: &str, body: &[u8]) -> Reply {
        if let Err(error) = self.lifecycle.check_not_forked() {
            return Reply::error(&error);
        }
        Api::new(self.control.clone(), self.tls.clone()).answer(method, target, body)
    }

    /// The proxy as a [`tower_service::Service`], to be mounted beside the host's own routes.
    ///
    /// It runs on the runtime of whoever calls it, and needs no `start`; health checks run only while the manager
    /// is started, be it without a listener ([`Manager::start_without_listener`]).
    pub fn service(&self) -> ProxyService {
        ProxyService::new(self.control.clone(), &self.options)
    }

    /// Reads the files of `tls_certificates`, `tls_keys` and `client_ca` again. New connections use what they hold now;
    /// those that stand go on with what they began with. Without certificates there is nothing to do.
    ///
    /// May be called at any time, before `start` and while traffic flows. It waits for the disk.
    ///
    /// # Errors
    /// `invalid_certificate`, with the file in the message: all that was in force stays so. `forked`.
    pub fn reload_certificates(&self) -> Result<()> {
        self.lifecycle.check_not_forked()?;
        self.tls.as_ref().map_or(Ok(()), |tls| tls.reload())
    }

    // --- events ---

    /// What happens from here on, to be taken at the caller's own pace: routes and backends that come and go, their health,
    /// certificates, start and stop. May be called before `start` and while the manager runs, any number of times.
    ///
    /// # Errors
    /// `forked`.
    pub fn events(&self) -> Result<Events> {
        self.lifecycle.check_not_forked()?;
        Ok(self.control.events().subscribe())
    }

    /// Has `callback` called for each event from here on, on a thread of its own, `proxykit-events`, which exists from
    /// `start` to `stop` only: what happens before waits for it, as in [`Manager::events`]. Each callback has its own.
    ///
    /// The callback may call the manager, but for `stop` and `wait`, which are `wrong_thread` there. It may take its time:
    /// nothing waits for it but `stop`, which returns behind the call with the last event, `stopped`, or a second after its
    /// deadline if the callback does not come to an end; the thread is then left to itself. If it panics, it is called
    /// with the next event all the same. It is dropped behind the last call, or when the manager stops without having run.
    ///
    /// # Errors
    /// `stopped`, also while the manager stops; `start_failed` if it runs and there is no thread; `forked`.
    pub fn on_event(&self, callback: impl FnMut(&Event) + Send + 'static) -> Result<()> {
        self.call_back(|| {
            let events = self.control.events().subscribe();
            Callback::new("proxykit-events", move || events.next_anywhere(), callback)
        })
    }

    /// Has `callback` called with each record of the log from here on, of this level and those that matter more, on a thread of its
    /// own, `proxykit-log`: all that is told of callbacks in [`Manager::on_event`] holds for it. Up to 1,024 records wait; what comes
    /// when so many wait is lost, and counted in a record that stands in its place.
    ///
    /// Records say in words what events tell, and what goes wrong beside them. Without a callback nothing is worded.
    ///
    /// # Errors
    /// As [`Manager::on_event`].
    pub fn on_log(&self, level: LogLevel, callback: impl FnMut(&LogRecord) + Send + 'static) -> Result<()> {
        self.call_back(|| {
            let log = self.control.events().subscribe_to_log(level);
            Callback::new("proxykit-log", move || log.next_anywhere(), callback)
        })
    }

    /// The records of the log from here on, of this level and those that matter more, to be taken at the caller's own pace. May be
    /// called before `start` and while the manager runs, any number of times.
    ///
    /// # Errors
    /// `forked`.
    pub fn log(&self, level: LogLevel) -> Result<Log> {
        self.lifecycle.check_not_forked()?;
        Ok(self.control.events().subscribe_to_log(level))
    }

    // --- life cycle ---

    /// Starts the threads and accepts connections at `listen`: `HOST:PORT` (port 0 for a free one), `unix:PATH`, or on a
    /// socket that listens already: `fd:N`, `systemd`, `systemd:NAME` (see [`Listen`]).
    ///
    /// # Errors
    /// `invalid_address`, `address_in_use`, `bind_failed`, `start_failed`: nothing runs then, and `start` may be
    /// called again. `already_started`, `stopped`, `forked`.
    pub fn start(&self, listen: &str) -> Result<()> {
        self.start_with(Some(listen.parse()?))
    }

    /// Starts what runs beside the requests (health checks, a management listener of its own), for hosts that
    /// carry requests to [`Manager::service`] themselves.
    ///
    /// # Errors
    /// As [`Manager::start`].
    pub fn start_without_listener(&self) -> Result<()> {
        self.start_with(None)
    }

    /// Where connections are accepted: `127.0.0.1:8080`, or `unix:PATH`. With port 0, the port that was given.
    ///
    /// # Errors
    /// `not_started` before start (or if it was started without a listener).
    pub fn address(&self) -> Result<String> {
        self.address_of(|addresses| addresses.proxy.clone())
    }

    /// Where the management API has a listener of its own.
    ///
    /// # Errors
    /// `not_started` before start (or if it has none).
    pub fn management_address(&self) -> Result<String> {
        self.address_of(|addresses| addresses.management.clone())
    }

    /// Waits until the manager is stopped.
    ///
    /// # Errors
    /// `timed_out` if `timeout` ran out first; `not_started`, `forked`, `wrong_thread`.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<()> {
        self.wait_until_stopped(timeout)
    }

    /// [`Manager::start`] and [`Manager::wait`] in one.
    ///
    /// # Errors
    /// As those two.
    pub fn serve(&self, listen: &str) -> Result<()> {
        self.start(listen)?;
        self.wait(None)
    }

    /// Stops: accepts no more connections, lets requests and tunnels finish until the deadline, closes the rest,
    /// joins the threads, those of callbacks too. Says how many requests and tunnels were cut off; none if the manager never ran.
    ///
    /// May be called any number of times, also while another call waits: the earliest deadline counts, and all calls
    /// say the same number.
    ///
    /// # Errors
    /// `forked`; `wrong_thread` if the call comes from one of the manager's own threads.
    pub fn stop(&self, deadline: Duration) -> Result<usize> {
        self.stop_within(deadline)
    }

    fn apply(&self, command: Command) -> Result<usize> {
        self.lifecycle.check_not_forked()?;
        self.control.apply(command).map(|outcome| outcome.count())
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager")
            .field("options", &"…")
            .field("routes", &self.routes())
            .finish_non_exhaustive()
    }
}

fn parse_targets<S: AsRef<str>>(targets: impl IntoIterator<Item = S>) -> Result<Vec<Target>> {
    targets.into_iter().map(|target| target.as_ref().parse()).collect()
}
