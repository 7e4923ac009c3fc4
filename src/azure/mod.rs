//! The cloud over HTTPS: one pipeline, one visible throttle, tolerant models.

pub mod cloud;
pub mod error;
pub mod settings;

pub use cloud::{Caller, Cloud, Deployment, PowerAction, SecretInfo, ThrottleGauge};
pub use error::AzureError;
pub use settings::CloudSettings;
