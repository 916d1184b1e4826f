//! Acting on a run while it goes on: one in this process, or one in the server.
//!
//! Must not know: who acts.

use pino_engine::{ClientMessage, Control};
use pino_model::ExitStatus;
use pino_server::Client;
use tokio::sync::mpsc;

/// Acts on a run from any thread.
#[derive(Clone)]
pub(crate) enum RunControl {
    /// A run in this process.
    Here(Control),
    /// A run in the server.
    There(Remote),
}

/// A run in the server.
#[derive(Clone)]
pub(crate) struct Remote {
    client: Client,
    run: String,
    orders: mpsc::UnboundedSender<Order>,
}

/// What is sent to the server by whoever carries it out.
pub(crate) enum Order {
    Stop(ExitStatus),
    Message(ClientMessage),
    ClientsGone,
}

impl Remote {
    /// A handle, and the orders it gives.
    pub(crate) fn new(client: Client, run: String) -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, given) = mpsc::unbounded_channel();
        (Self { client, run, orders }, given)
    }

    fn order(&self, order: Order) {
        // without a receiver the run is over
        let _ = self.orders.send(order);
    }

    /// Sends orders to the server until nobody can give any.
    pub(crate) async fn carry_out(self, mut orders: mpsc::UnboundedReceiver<Order>) {
        while let Some(order) = orders.recv().await {
            let done = match order {
                Order::Stop(reason) => self.client.stop_run(&self.run, reason).await,
                Order::Message(message) => self.client.message(&self.run, message.to_json()).await,
                Order::ClientsGone => self.client.clients_gone(&self.run).await,
            };
            if let Err(error) = done {
                // the run may be over: its last event says so
                tracing::debug!(%error, "the server did not take a message");
            }
        }
    }
}

impl RunControl {
    /// Stops the run; the first reason is the one that is told.
    pub(crate) fn stop(&self, reason: ExitStatus) {
        match self {
            Self::Here(control) => control.stop(reason),
            Self::There(remote) => remote.order(Order::Stop(reason)),
        }
    }

    /// Kills everything at once.
    pub(crate) async fn kill(&self) {
        match self {
            Self::Here(control) => control.kill().await,
            Self::There(remote) => {
                if let Err(error) = remote.client.kill_run(&remote.run).await {
                    crate::report::failure(&error.to_string(), None);
                }
            }
        }
    }

    /// Hands over a client's message.
    pub(crate) fn message(&self, message: ClientMessage) {
        match self {
            Self::Here(control) => control.message(message),
            Self::There(remote) => remote.order(Order::Message(message)),
        }
    }

    /// No client can answer any more.
    pub(crate) fn clients_gone(&self) {
        match self {
            Self::Here(control) => control.clients_gone(),
            Self::There(remote) => remote.order(Order::ClientsGone),
        }
    }
}
