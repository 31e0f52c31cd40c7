//! What the gateway is told.

use std::time::Duration;

use ipnet::IpNet;

use crate::origin::Origin;

/// Choices of the web part.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Other origins whose pages may use the gateway with the browser's cookie.
    pub origins: Vec<Origin>,
    /// The address under which browsers reach it, where that is not the one of the request.
    pub public: Option<Origin>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether it is served over TLS itself.
    pub encrypted: bool,
    /// Domain of people who sign in or up at a foreign manager.
    pub domain: String,
    /// A login before a foreign manager ends after so long without use.
    pub login_idle: Duration,
    /// Such a login ends after so long in any case. The cookie lasts as long.
    pub login_absolute: Duration,
    /// Failed logins in a row of one account from one address before a foreign manager.
    pub login_failures: u32,
    /// How long they block.
    pub login_block: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            public: None,
            trusted_proxies: Vec::new(),
            encrypted: false,
            domain: "default".to_owned(),
            login_idle: Duration::from_secs(12 * 3600),
            login_absolute: Duration::from_secs(7 * 86_400),
            login_failures: 10,
            login_block: Duration::from_secs(20 * 60),
        }
    }
}
