//! `Data`: a JavaScript value as plain data, the form in which values leave the VM.
//!
//! Must not know: the VM. Serialises as `shared/conformance/EVENTS.md` says ("Values" in "Common members").

use base64::Engine as _;
use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// Source and flags of a regular expression, as in `/source/flags`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegExpText {
    /// The pattern between the slashes.
    pub source: String,
    /// The flags after the last slash, in JavaScript's order.
    pub flags: String,
}

/// A JavaScript value as plain data. Objects keep the order of their keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// `undefined`: left out of objects, `null` inside arrays when serialised.
    #[default]
    Undefined,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// Any number, NaN and infinities included (serialised as `null`).
    Number(f64),
    /// Text; lone surrogates have become U+FFFD.
    String(String),
    /// An array; holes are `Undefined`.
    Array(Vec<Data>),
    /// A plain object or class instance: own enumerable members in order.
    Object(IndexMap<String, Data>),
    /// Bytes (`Buffer`), serialised as `{"$buffer": base64}`.
    Buffer(Vec<u8>),
    /// A regular expression, serialised as its `/source/flags` text.
    RegExp(RegExpText),
    /// A date in milliseconds since 1970, serialised as ISO 8601 text.
    Date(f64),
    /// A function: left out when serialised.
    Function,
}

impl Data {
    /// The member of an object, or `Undefined`.
    pub fn get(&self, key: &str) -> &Data {
        const ABSENT: &Data = &Data::Undefined;
        match self {
            Data::Object(members) => members.get(key).unwrap_or(ABSENT),
            _ => ABSENT,
        }
    }

    /// Text, when this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// True for `undefined` and `null`.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Data::Undefined | Data::Null)
    }

    /// JavaScript truth.
    pub fn is_truthy(&self) -> bool {
        match self {
            Data::Undefined | Data::Null => false,
            Data::Bool(value) => *value,
            Data::Number(value) => *value != 0.0 && !value.is_nan(),
            Data::String(text) => !text.is_empty(),
            _ => true,
        }
    }
}

impl From<serde_json::Value> for Data {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Data::Null,
            Value::Bool(value) => Data::Bool(value),
            Value::Number(value) => Data::Number(value.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Data::String(text),
            Value::Array(items) => Data::Array(items.into_iter().map(Data::from).collect()),
            Value::Object(members) => Data::Object(members.into_iter().map(|(k, v)| (k, v.into())).collect()),
        }
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Data::Undefined | Data::Null | Data::Function => serializer.serialize_unit(),
            Data::Bool(value) => serializer.serialize_bool(*value),
            Data::Number(value) => serialize_number(*value, serializer),
            Data::String(text) => serializer.serialize_str(text),
            Data::Array(items) => serializer.collect_seq(items),
            Data::Object(members) => {
                let kept = members.iter().filter(|(_, v)| !matches!(v, Data::Undefined | Data::Function));
                serializer.collect_map(kept)
            }
            Data::Buffer(bytes) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("$buffer", &base64::engine::general_purpose::STANDARD.encode(bytes))?;
                map.end()
            }
            Data::RegExp(text) => serializer.collect_str(&format_args!("/{}/{}", text.source, text.flags)),
            Data::Date(ms) => serializer.serialize_str(&iso_text(*ms)),
        }
    }
}

/// Whole numbers are written without a fraction, as JavaScript's `JSON.stringify` does.
fn serialize_number<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    const SAFE: f64 = 9_007_199_254_740_992.0;
    if !value.is_finite() {
        serializer.serialize_unit()
    } else if value.fract() == 0.0 && value.abs() <= SAFE {
        serializer.serialize_i64(value as i64)
    } else {
        serializer.serialize_f64(value)
    }
}

/// `Date.prototype.toISOString` for years 0 to 9999 and beyond (ECMA-262 §21.4.1.32).
fn iso_text(ms: f64) -> String {
    let total = ms as i64;
    let (days, in_day) = (total.div_euclid(86_400_000), total.rem_euclid(86_400_000));
    let (year, month, day) = civil_from_days(days);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
    };
    let (hours, minutes) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (seconds, millis) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
}

/// Days since 1970-01-01 to a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialises_as_the_event_contract_says() {
        let members = [
            ("gone", Data::Undefined),
            ("list", Data::Array(vec![Data::Undefined, Data::Number(1.0), Data::Number(0.5)])),
            ("nan", Data::Number(f64::NAN)),
            ("bytes", Data::Buffer(vec![104, 105])),
            ("when", Data::Date(1_767_225_600_000.0)),
            ("re", Data::RegExp(RegExpText { source: "a/b".into(), flags: "gi".into() })),
            ("call", Data::Function),
        ];
        let value = Data::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect());
        let text = serde_json::to_string(&value).unwrap_or_default();
        assert_eq!(
            text,
            r#"{"list":[null,1,0.5],"nan":null,"bytes":{"$buffer":"aGk="},"when":"2026-01-01T00:00:00.000Z","re":"/a/b/gi"}"#
        );
    }
}
