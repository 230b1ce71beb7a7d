//! temporary
pub mod backend;
pub mod balance;
pub mod config;
pub mod control;
pub mod error;
pub use config::*;
pub use error::*;
