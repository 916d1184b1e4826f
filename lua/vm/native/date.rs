//! Local time: offset and abbreviation of a time zone at a moment. Group `native.date`.
//! Must not know Date objects or calendars; those are arithmetic in Lua.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use mlua::{Lua, Result, Table};

fn zone(name: Option<&str>) -> TimeZone {
    match name {
        Some(name) if !name.is_empty() => {
            TimeZone::get(name.trim_start_matches(':')).unwrap_or(TimeZone::UTC)
        }
        _ => TimeZone::try_system().unwrap_or(TimeZone::UTC),
    }
}

/// Minutes east of UTC at a moment (milliseconds since 1970), the zone's abbreviation and its name.
fn at(_: &Lua, (name, epoch_ms): (Option<String>, f64)) -> Result<(f64, String, String)> {
    let zone = zone(name.as_deref());
    let clamped = (epoch_ms as i64).clamp(-377_705_023_201_000, 253_402_207_200_000);
    let timestamp = Timestamp::from_millisecond(clamped).unwrap_or(Timestamp::UNIX_EPOCH);
    let info = zone.to_offset_info(timestamp);
    let minutes = f64::from(info.offset().seconds()) / 60.0;
    Ok((minutes, info.abbreviation().to_owned(), zone.iana_name().unwrap_or("UTC").to_owned()))
}

/// Minutes east of UTC that a local wall clock reading (milliseconds as if it were UTC) stands for. In a gap the offset
/// before it, in an overlap the earlier one: ECMAScript's choice.
fn of_local(_: &Lua, (name, local_ms): (Option<String>, f64)) -> Result<f64> {
    let zone = zone(name.as_deref());
    let clamped = (local_ms as i64).clamp(-377_705_023_201_000, 253_402_207_200_000);
    let timestamp = Timestamp::from_millisecond(clamped).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil: DateTime = TimeZone::UTC.to_datetime(timestamp);
    let moment = zone.to_ambiguous_timestamp(civil).compatible();
    Ok(moment.map_or(0.0, |moment| (clamped - moment.as_millisecond()) as f64 / 60_000.0))
}

/// The group `native.date`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("at", lua.create_function(at)?)?;
    table.raw_set("of_local", lua.create_function(of_local)?)?;
    Ok(table)
}
