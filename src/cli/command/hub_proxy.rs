//! `pino hub-proxy`: a caching proxy of the Hugging Face hub for the apps of the home.
//!
//! Must not know: the hub's protocol.

use std::{net::Ipv4Addr, path::PathBuf, process::ExitCode, sync::Arc};

use pino_engine::downloads::{self, HubConfig, HubProxy, Progress, Proxies};
use tokio_util::sync::CancellationToken;

use crate::{
    client::{CommandError, Common, print_json},
    report,
};

/// Arguments of `pino hub-proxy`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Port on the loopback; 0 takes a free one
    #[arg(long, default_value_t = 42_080)]
    port: u16,
    /// Address of the hub or of a mirror (default: `HF_ENDPOINT` of the home, else the public hub)
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Folder of cached repositories (default: the home's hub cache)
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Serves until it is stopped.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(serve(arguments))
}

async fn serve(arguments: Arguments) -> Result<u8, CommandError> {
    let common = &arguments.common;
    let home = common.home()?;
    let variables = downloads::environment(&home);
    let mut config = HubConfig::from_variables(&variables);
    config.endpoint = arguments.upstream.map_or(config.endpoint, |url| url.trim_end_matches('/').to_owned());
    config.cache = arguments.cache.unwrap_or(config.cache);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await;
    let listener =
        listener.map_err(CommandError::io("cannot listen on the loopback; give another --port"))?;
    let address = listener.local_addr().map_err(CommandError::io("cannot tell the port"))?;
    let follow = Arc::new(report::downloads::Follow::new(common.json));
    let told = Arc::clone(&follow);
    let progress = Arc::new(move |progress: &Progress| told.progress(progress));
    let cancel = CancellationToken::new();
    let proxies = Proxies::from_variables(&variables);
    let proxy = HubProxy::new(downloads::of_home(&home), &config, proxies, progress, cancel.clone());
    let proxy =
        proxy.map_err(|error| CommandError::io("cannot set up the network")(std::io::Error::other(error)))?;
    let endpoint = format!("http://{address}");
    if common.json {
        print_json(
            &serde_json::json!({ "endpoint": endpoint, "upstream": config.endpoint, "cache": config.cache }),
        );
    } else {
        report::downloads::line(&format!(
            "serving {} from {}\n\nexport HF_ENDPOINT={endpoint}",
            config.endpoint,
            config.cache.display()
        ));
    }
    let server = tokio::spawn(proxy.serve(listener));
    stopped().await.map_err(CommandError::io("cannot wait for signals"))?;
    cancel.cancel();
    server.await.ok();
    Ok(0)
}

/// Ctrl-C, or the usual signal to end.
async fn stopped() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}
