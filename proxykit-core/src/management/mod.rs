//! The management API: HTTP in, [`crate::control::Command`] out.
//!
//! | call | does |
//! | --- | --- |
//! | `POST /endpoints/add` | adds backends to a route |
//! | `POST /endpoints/remove` | removes backends from a route |
//! | `GET /endpoints/list?prefixPath=` | lists a route's backends |
//! | `GET /endpoints?prefixPath=&target=` | shows one backend |
//! | `GET /certificates/list` | shows the certificates of the listener |
//! | `POST /certificates/reload` | reads the certificates of the listener again |
//!
//! [`Api`] is the calls themselves, without a server; [`access`] says who may make them; [`serve`] puts the two
//! behind HTTP.

mod access;
mod api;
mod serve;
mod status;
mod wire;

pub(crate) use access::{Access, Caller};
pub use api::Reply;
pub(crate) use api::{Api, is_management};
pub(crate) use serve::serve;
