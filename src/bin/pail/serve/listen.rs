//! Opening ports and stopping servers.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::banner::command;
use crate::output::Failure;

/// A running server.
pub type Task = JoinHandle<Result<(), Failure>>;

/// Opens a port. `flag` is the flag that sets it, for messages.
pub async fn bind(address: IpAddr, port: u16, flag: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind((address, port)).await.map_err(|error| {
        Failure(match error.kind() {
            ErrorKind::AddrInUse => {
                format!("port {port} on {address} is in use: stop the other program, or choose another port: {} serve {flag} N (0 picks a free one)", command())
            }
            ErrorKind::PermissionDenied => format!("port {port} may not be opened by this user: choose one above 1023: {} serve {flag} N", command()),
            ErrorKind::AddrNotAvailable => format!("{address} is no address of this machine"),
            _ => format!("port {port} on {address} cannot be opened: {error}"),
        })
    })
}

/// Turns true at Ctrl-C (SIGINT) and SIGTERM.
pub fn until_told_to_stop() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        signal().await;
        // Without receivers, there is nothing to stop.
        let _ = sender.send(true);
    });
    receiver
}

/// Waits until `stop` turns true.
pub async fn told(mut stop: watch::Receiver<bool>) {
    // A sender that is gone means the end as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Waits until the servers end. After a signal to stop, they have `farewell` to finish their answers. A client that keeps
/// its connection open longer is cut off.
pub async fn finish(
    api: Task,
    dynamodb: Option<Task>,
    stop: watch::Receiver<bool>,
    farewell: Duration,
) -> Result<(), Failure> {
    let servers = async {
        let ended = api.await;
        if let Some(dynamodb) = dynamodb {
            dynamodb.await.map_err(Failure::new)??;
        }
        ended.map_err(Failure::new)?
    };
    tokio::pin!(servers);
    tokio::select! {
        ended = &mut servers => return ended,
        () = told(stop) => {}
    }
    timeout(farewell, servers).await.unwrap_or(Ok(()))
}
