//! `timeout`, `limits`, `retry` of `shell.run`: extensions of ours, under names the reference does not use.
//!
//! Must not know: Lua, processes. What is wrong is said before anything is started.

use std::time::Duration;

use pino_model::Data;
use pino_process::ResourceLimits;

use super::words::text_of;

/// No attempt is made more often.
const ATTEMPTS_LIMIT: f64 = 100.0;
/// No wait is longer (a year).
const SECONDS_LIMIT: f64 = 31_536_000.0;

/// The extensions of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// The command may take so long.
    pub(super) timeout: Option<Duration>,
    pub(super) limits: ResourceLimits,
    pub(super) retry: Retry,
}

/// How often a command is tried again that has failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Retry {
    /// After the first attempt.
    pub(super) times: u32,
    /// Before each.
    pub(super) delay: Duration,
}

/// Reads them.
pub(super) fn parse(params: &Data) -> Result<Extras, String> {
    Ok(Extras {
        timeout: duration(params.get("timeout"), "timeout")?,
        limits: limits(params.get("limits"))?,
        retry: retry(params.get("retry"))?,
    })
}

fn retry(value: &Data) -> Result<Retry, String> {
    match value {
        Data::Undefined | Data::Null | Data::Bool(false) => Ok(Retry::default()),
        Data::Object(_) => {
            let delay = duration(value.get("delay"), "retry.delay")?.unwrap_or_default();
            Ok(Retry { times: times(value.get("times"))?, delay })
        }
        other => Ok(Retry { times: times(other)?, delay: Duration::ZERO }),
    }
}

fn times(value: &Data) -> Result<u32, String> {
    match number(value) {
        Some(times) if (0.0..=ATTEMPTS_LIMIT).contains(&times) => Ok(times as u32),
        _ => Err(format!(
            "`retry` must be how often to try again (0 to {ATTEMPTS_LIMIT}), like 3 or {{ \"times\": 3, \"delay\": \"5s\" }}, not {}",
            text_of(value)
        )),
    }
}

fn limits(value: &Data) -> Result<ResourceLimits, String> {
    const NAMES: [&str; 6] = ["memory", "cpu_seconds", "cpus", "files", "processes", "file_size"];
    let members = match value {
        Data::Undefined | Data::Null | Data::Bool(false) => return Ok(ResourceLimits::default()),
        Data::Object(members) => members,
        _ => return Err("`limits` must be an object like { \"memory\": \"8GB\", \"cpus\": 2 }".to_owned()),
    };
    if let Some(unknown) = members.keys().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("`limits` knows no `{unknown}`; there are {}", NAMES.join(", ")));
    }
    let count = |name: &str| amount(value.get(name), name, count_of);
    Ok(ResourceLimits {
        memory_bytes: amount(value.get("memory"), "memory", bytes_of)?,
        cpu_seconds: duration(value.get("cpu_seconds"), "limits.cpu_seconds")?
            .map(|time| time.as_secs().max(1)),
        cpu_percent: amount(value.get("cpus"), "cpus", |value| Some((number(value)? * 100.0) as u64))?,
        open_files: count("files")?,
        processes: count("processes")?,
        file_bytes: amount(value.get("file_size"), "file_size", bytes_of)?,
    })
}

/// A limit, when one is given; 0 is none that anything could live with.
fn amount(value: &Data, name: &str, read: impl Fn(&Data) -> Option<u64>) -> Result<Option<u64>, String> {
    if value.is_nullish() {
        return Ok(None);
    }
    match read(value) {
        Some(amount @ 1..) => Ok(Some(amount)),
        _ => Err(format!("`limits.{name}` is {}, which is no amount", text_of(value))),
    }
}

fn number(value: &Data) -> Option<f64> {
    match value {
        Data::Number(number) => Some(*number),
        Data::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite() && *number >= 0.0)
}

fn count_of(value: &Data) -> Option<u64> {
    number(value).filter(|number| number.fract() == 0.0).map(|number| number as u64)
}

/// A number of bytes, or text like `512MB`, `8 GiB`.
fn bytes_of(value: &Data) -> Option<u64> {
    let Data::String(text) = value else { return count_of(value) };
    let (digits, unit) = split_unit(text);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return None,
    };
    let amount = digits.parse::<f64>().ok().filter(|amount| amount.is_finite() && *amount >= 0.0)?;
    Some((amount * factor as f64) as u64)
}

/// Seconds, or text like `90s`, `10m`, `2h`.
fn duration(value: &Data, name: &str) -> Result<Option<Duration>, String> {
    if value.is_nullish() || *value == Data::Bool(false) {
        return Ok(None);
    }
    let seconds = match value {
        Data::String(text) => {
            let (digits, unit) = split_unit(text);
            let factor = match unit {
                "ms" => Some(0.001),
                "" | "s" => Some(1.0),
                "m" | "min" => Some(60.0),
                "h" => Some(3600.0),
                _ => None,
            };
            digits.parse::<f64>().ok().zip(factor).map(|(amount, factor)| amount * factor)
        }
        other => number(other),
    };
    match seconds {
        Some(seconds) if (0.0..=SECONDS_LIMIT).contains(&seconds) => {
            Ok(Some(Duration::from_secs_f64(seconds)))
        }
        _ => Err(format!(
            "`{name}` must be seconds, or text like \"90s\", \"10m\", \"2h\", not {}",
            text_of(value)
        )),
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(params: serde_json::Value) -> Result<Extras, String> {
        parse(&params.into())
    }

    #[test]
    fn nothing_said_is_nothing_limited() {
        assert_eq!(parsed(json!({})), Ok(Extras::default()));
        assert_eq!(parsed(json!({ "timeout": null, "limits": null, "retry": false })), Ok(Extras::default()));
    }

    #[test]
    fn amounts_have_units() {
        let extras = parsed(json!({
            "timeout": "1.5m", "retry": { "times": 2, "delay": 3 },
            "limits": { "memory": "8GB", "cpus": 1.5, "files": 100, "file_size": "1 MiB", "cpu_seconds": "1h" }
        }));
        let limits = ResourceLimits {
            memory_bytes: Some(8_000_000_000),
            cpu_seconds: Some(3600),
            cpu_percent: Some(150),
            open_files: Some(100),
            processes: None,
            file_bytes: Some(1 << 20),
        };
        let retry = Retry { times: 2, delay: Duration::from_secs(3) };
        assert_eq!(extras, Ok(Extras { timeout: Some(Duration::from_secs(90)), limits, retry }));
        assert_eq!(parsed(json!({ "retry": 3 })).map(|extras| extras.retry.times), Ok(3));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (params, named) in [
            (json!({ "timeout": "soon" }), "timeout"),
            (json!({ "timeout": -1 }), "timeout"),
            (json!({ "timeout": 1e300 }), "timeout"),
            (json!({ "retry": "often" }), "retry"),
            (json!({ "retry": 1e9 }), "retry"),
            (json!({ "limits": { "memory": "8 elephants" } }), "limits.memory"),
            (json!({ "limits": { "files": 0 } }), "limits.files"),
            (json!({ "limits": { "gpus": 1 } }), "gpus"),
            (json!({ "limits": 7 }), "limits"),
        ] {
            assert!(parsed(params.clone()).is_err_and(|error| error.contains(named)), "{params}");
        }
    }
}
