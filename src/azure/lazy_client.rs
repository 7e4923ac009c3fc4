//! The HTTPS client, made at the first request: reading certificates takes longer than all else before the window's
//! first frame.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use reqwest::Client;

type Make = Box<dyn FnOnce() -> Result<Client, String> + Send>;

/// Cheap to clone.
#[derive(Clone)]
pub struct LazyClient(Arc<Inner>);

struct Inner {
    make: Mutex<Option<Make>>,
    made: OnceLock<Result<Client, String>>,
}

impl fmt::Debug for LazyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LazyClient").field(&self.0.made.get()).finish()
    }
}

impl LazyClient {
    pub fn new(make: impl FnOnce() -> Result<Client, String> + Send + 'static) -> Self {
        Self(Arc::new(Inner { make: Mutex::new(Some(Box::new(make))), made: OnceLock::new() }))
    }

    /// Made off the runtime's threads, and to its end, also when nobody waits for it any more. In words, why there is
    /// none.
    pub async fn get(&self) -> Result<Client, String> {
        if let Some(made) = self.0.made.get() {
            return made.clone();
        }
        let inner = self.0.clone();
        let made = tokio::task::spawn_blocking(move || inner.made.get_or_init(|| inner.make()).clone()).await;
        made.unwrap_or_else(|error| Err(error.to_string()))
    }
}

impl Inner {
    fn make(&self) -> Result<Client, String> {
        let make = self.make.lock().unwrap_or_else(PoisonError::into_inner).take();
        make.ok_or("it broke off while it was being made")?()
    }
}
