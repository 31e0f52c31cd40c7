//! The listeners for browsers: the console, and the WebUI where one is given.

use std::net::SocketAddr;
use std::path::PathBuf;

use rollcall_console::{Gateway, Origin, webui};
use rollcall_manager::{Certificates, Manager, ServeError, Settings, serve_web};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::error::UpError;
use super::front::{certificates, listen, reachable};
use crate::config::Config;

/// Both, open.
#[derive(Debug)]
pub(crate) struct Web {
    console: Option<(TcpListener, SocketAddr)>,
    webui: Option<(TcpListener, SocketAddr, PathBuf)>,
    /// Both are served with them.
    pub(crate) certificates: Option<Certificates>,
    public: Option<Origin>,
}

impl Web {
    /// Opens what is configured.
    pub(crate) async fn open(config: &Config) -> Result<Self, UpError> {
        let certificates = certificates(config.console.tls_certificate.as_deref(), config.console.tls_key.as_deref())?;
        let console = match config.console.listen.0 {
            Some(address) => Some(listen(address, "--console").await?),
            None => None,
        };
        let webui = match &config.webui.directory {
            Some(directory) => {
                let (listener, address) = listen(config.webui.listen, "--webui-addr").await?;
                Some((listener, address, directory.clone()))
            }
            None => None,
        };
        Ok(Self { console, webui, certificates, public: config.console.public_url.clone() })
    }

    /// Where browsers reach the console; `None` where it is off.
    pub(crate) fn console(&self) -> Option<String> {
        let (_, address) = self.console.as_ref()?;
        Some(self.public.as_ref().map_or_else(|| self.url(*address), Origin::to_string))
    }

    /// The same for people, with where it listens if that is another address.
    pub(crate) fn console_text(&self) -> Option<String> {
        let (_, address) = self.console.as_ref()?;
        let listens = self.url(*address);
        Some(self.public.as_ref().map_or_else(|| listens.clone(), |public| format!("{public} (listens on {listens})")))
    }

    /// Where browsers reach the WebUI.
    pub(crate) fn webui(&self) -> Option<String> {
        self.webui.as_ref().map(|(_, address, _)| self.url(*address))
    }

    /// The console's listener, for who serves it alone.
    pub(crate) fn take_console(&mut self) -> Option<TcpListener> {
        self.console.take().map(|(listener, _)| listener)
    }

    fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", reachable(address))
    }

    /// Serves both before the manager of this process, until told to end.
    pub(crate) async fn serve(
        self,
        config: &Config,
        manager: &Manager,
        api: &str,
        image: Option<String>,
        settings: &Settings,
        stop: CancellationToken,
    ) -> Result<(), UpError> {
        let encrypted = self.certificates.is_some();
        let console_url = self.console();
        let console = async {
            let Some((listener, _)) = self.console else { return Ok(()) };
            let gateway = Gateway::before_own(manager.router(), config.gateway(encrypted)).map_err(UpError::Gateway)?;
            let pages = rollcall_console::pages(&gateway, &console_url.clone().unwrap_or_default());
            let router = gateway.around(pages.map_err(UpError::Gateway)?);
            serve("console", listener, router, self.certificates.clone(), settings, &stop).await
        };
        let webui = async {
            let Some((listener, _, directory)) = self.webui else { return Ok(()) };
            // Its address is its own: what a proxy before the console is called is none of its names.
            let gateway = rollcall_console::Settings { public: None, ..config.gateway(encrypted) };
            let gateway = Gateway::before_own(manager.router(), gateway).map_err(UpError::Gateway)?;
            let about = webui::About {
                mode: config.webui.mode.into(),
                api: api.to_owned(),
                console: console_url.clone(),
                image: image.clone(),
                encrypted,
                sign_up: config.accounts.signup,
            };
            let router = gateway.around(webui::pages(&directory, about));
            serve("webui", listener, router, self.certificates.clone(), settings, &stop).await
        };
        tokio::try_join!(console, webui).map(|_| ())
    }
}

async fn serve(
    name: &'static str,
    listener: TcpListener,
    router: axum::Router,
    certificates: Option<Certificates>,
    settings: &Settings,
    stop: &CancellationToken,
) -> Result<(), UpError> {
    let served: Result<(), ServeError> = serve_web(name, listener, router, certificates, settings, stop.clone()).await;
    served.map_err(UpError::Serve)
}
