//! Messages from clients: on stdin of the command line, on the WebSocket of the server (EVENTS.md, "Client to server").
//!
//! Must not know: where a message came from.

use pino_model::Data;
use serde::Deserialize;
use serde_json::json;

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Answers a waiting packet.
    Respond {
        /// Its id.
        packet: String,
        /// The answer.
        value: Data,
    },
    /// Input for a shell.
    Keys {
        /// Its id.
        shell: String,
        /// What is typed.
        data: String,
    },
    /// The terminal has another size.
    Resize {
        /// Width in characters.
        cols: u16,
        /// Height in lines.
        rows: u16,
        /// One shell; without it all.
        shell: Option<String>,
    },
    /// Stops the run, or one script of it.
    Stop {
        /// Name of the script as in events; without it the whole run.
        script: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
enum Wire {
    Respond { packet: String, value: serde_json::Value },
    Keys { shell: String, data: String },
    Resize { cols: u16, rows: u16, shell: Option<String> },
    Stop { script: Option<String> },
}

impl ClientMessage {
    /// The same as a line.
    pub fn to_json(&self) -> String {
        let value = match self {
            Self::Respond { packet, value } => json!({ "t": "respond", "packet": packet, "value": value }),
            Self::Keys { shell, data } => json!({ "t": "keys", "shell": shell, "data": data }),
            Self::Resize { cols, rows, shell } => {
                json!({ "t": "resize", "cols": cols, "rows": rows, "shell": shell })
            }
            Self::Stop { script } => json!({ "t": "stop", "script": script }),
        };
        value.to_string()
    }

    /// Reads one line. The error says what is wrong with it.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::from_str(line)? {
            Wire::Respond { packet, value } => Self::Respond { packet, value: value.into() },
            Wire::Keys { shell, data } => Self::Keys { shell, data },
            Wire::Resize { cols, rows, shell } => Self::Resize { cols, rows, shell },
            Wire::Stop { script } => Self::Stop { script },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_messages_of_the_contract() {
        let cases = [
            (r#"{"t":"stop"}"#, ClientMessage::Stop { script: None }),
            (
                r#"{"t":"keys","shell":"s1","data":"y\n"}"#,
                ClientMessage::Keys { shell: "s1".into(), data: "y\n".into() },
            ),
            (
                r#"{"t":"respond","run":"r","packet":"p","value":null}"#,
                ClientMessage::Respond { packet: "p".into(), value: Data::Null },
            ),
        ];
        for (line, wanted) in cases {
            assert_eq!(ClientMessage::parse(&wanted.to_json()).ok().as_ref(), Some(&wanted));
            assert_eq!(ClientMessage::parse(line).ok(), Some(wanted), "{line}");
        }
        assert!(ClientMessage::parse(r#"{"t":"dance"}"#).is_err());
    }
}
