//! `BigInt` arithmetic through `num-bigint`. Group `native.bigint`.
//! Must not know `BigInt` objects; a value travels as userdata that scripts never see.

use mlua::{AnyUserData, Lua, LuaString, Result, Table, UserData, Value};
use num_bigint::{BigInt, Sign};
use num_traits::{Num as _, Signed as _, ToPrimitive as _, Zero as _};

/// Results larger than this are refused (V8's limit is 2³⁰ bits; ours is what stays quick).
const MOST_BITS: u64 = 1 << 24;

struct Big(BigInt);

impl UserData for Big {}

fn wrap(lua: &Lua, value: BigInt) -> Result<Value> {
    lua.create_userdata(Big(value)).map(Value::UserData)
}

fn get(value: &AnyUserData) -> Result<BigInt> {
    value.borrow::<Big>().map(|big| big.0.clone())
}

/// Text as a `BigInt` (`StringToBigInt`); nil when it is not one.
fn parse(lua: &Lua, text: LuaString) -> Result<Value> {
    let text = text.to_string_lossy();
    let text = text.trim_matches(super::number::is_js_space);
    let (radix, digits) = match text.get(..2) {
        Some("0x" | "0X") => (16, &text[2..]),
        Some("0o" | "0O") => (8, &text[2..]),
        Some("0b" | "0B") => (2, &text[2..]),
        _ => (10, text),
    };
    if text.is_empty() {
        return wrap(lua, BigInt::zero());
    }
    let unsigned = if radix == 10 { digits.strip_prefix(['+', '-']).unwrap_or(digits) } else { digits };
    if unsigned.is_empty() || !unsigned.chars().all(|c| c.is_digit(radix)) {
        return Ok(Value::Nil);
    }
    BigInt::from_str_radix(digits, radix).map_or(Ok(Value::Nil), |value| wrap(lua, value))
}

/// A number that is an integer as a `BigInt`; nil otherwise.
fn of_number(lua: &Lua, number: f64) -> Result<Value> {
    if !number.is_finite() || number.fract() != 0.0 {
        return Ok(Value::Nil);
    }
    let text = format!("{number:.0}");
    BigInt::from_str_radix(&text, 10).map_or(Ok(Value::Nil), |value| wrap(lua, value))
}

/// The nearest double, ties to even.
fn to_number(value: &BigInt) -> f64 {
    let nearest = value.magnitude().to_f64().unwrap_or(f64::INFINITY);
    if value.sign() == Sign::Minus { -nearest } else { nearest }
}

/// One binary operation; an error is told as a word the Lua side turns into a `RangeError`.
fn operate(
    lua: &Lua,
    (name, a, b): (String, AnyUserData, AnyUserData),
) -> Result<(Value, Option<&'static str>)> {
    let (a, b) = (get(&a)?, get(&b)?);
    let outcome = match name.as_str() {
        "add" => Ok(a + b),
        "sub" => Ok(a - b),
        "mul" if a.bits() + b.bits() > MOST_BITS => Err("too big"),
        "mul" => Ok(a * b),
        "div" | "mod" if b.is_zero() => Err("division by zero"),
        "div" => Ok(a / b),
        "mod" => Ok(a % b),
        "pow" => power(&a, &b),
        "band" => Ok(a & b),
        "bor" => Ok(a | b),
        "bxor" => Ok(a ^ b),
        "shl" => shift(&a, &b),
        "shr" => shift(&a, &-b),
        _ => Err("unknown operation"),
    };
    match outcome {
        Ok(value) => Ok((wrap(lua, value)?, None)),
        Err(why) => Ok((Value::Nil, Some(why))),
    }
}

fn power(base: &BigInt, exponent: &BigInt) -> std::result::Result<BigInt, &'static str> {
    if exponent.is_negative() {
        return Err("negative exponent");
    }
    if base.magnitude().bits() <= 1 {
        let odd = exponent.bit(0);
        return Ok(if exponent.is_zero() {
            BigInt::from(1)
        } else if odd {
            base.clone()
        } else {
            base * base
        });
    }
    match exponent.to_u32() {
        Some(times) if u64::from(times).saturating_mul(base.bits()) <= MOST_BITS => Ok(base.pow(times)),
        _ => Err("too big"),
    }
}

/// Left shift; a negative count shifts right with rounding down.
fn shift(value: &BigInt, count: &BigInt) -> std::result::Result<BigInt, &'static str> {
    match count.to_i64() {
        Some(left) if left >= 0 && left as u64 + value.bits() <= MOST_BITS => Ok(value << (left as u64)),
        Some(right) if right < 0 => Ok(value >> right.unsigned_abs()),
        _ if value.is_zero() => Ok(BigInt::zero()),
        None if count.is_negative() => {
            Ok(if value.is_negative() { BigInt::from(-1) } else { BigInt::zero() })
        }
        _ => Err("too big"),
    }
}

/// -1, 0 or 1; the right side may be a number; nil when it is NaN.
fn compare(_: &Lua, (a, b): (AnyUserData, Value)) -> Result<Option<i8>> {
    let a = get(&a)?;
    let order = match b {
        Value::UserData(b) => Some(a.cmp(&get(&b)?)),
        Value::Number(b) => compare_number(&a, b),
        Value::Integer(b) => Some(a.cmp(&BigInt::from(b))),
        _ => None,
    };
    Ok(order.map(|order| order as i8))
}

fn compare_number(a: &BigInt, b: f64) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if b.is_nan() {
        return None;
    }
    if b.is_infinite() {
        return Some(if b > 0.0 { Less } else { Greater });
    }
    let whole = BigInt::from_str_radix(&format!("{:.0}", b.floor()), 10).ok()?;
    Some(match a.cmp(&whole) {
        Equal if b.fract() != 0.0 => Less,
        order => order,
    })
}

/// `BigInt.asIntN` / `asUintN`.
fn wrap_bits(lua: &Lua, (bits, value, signed): (u32, AnyUserData, bool)) -> Result<Value> {
    let value = get(&value)?;
    if u64::from(bits) > MOST_BITS {
        return wrap(lua, value);
    }
    let modulus = BigInt::from(1) << bits;
    let mut rest = ((value % &modulus) + &modulus) % &modulus;
    if signed && bits > 0 && rest.bit(u64::from(bits) - 1) {
        rest -= modulus;
    }
    wrap(lua, rest)
}

/// The group `native.bigint`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("parse", lua.create_function(parse)?)?;
    table.raw_set("of_number", lua.create_function(of_number)?)?;
    table.raw_set("operate", lua.create_function(operate)?)?;
    table.raw_set("compare", lua.create_function(compare)?)?;
    table.raw_set("wrap_bits", lua.create_function(wrap_bits)?)?;
    table.raw_set("to_number", lua.create_function(|_, a: AnyUserData| Ok(to_number(&get(&a)?)))?)?;
    table.raw_set(
        "to_text",
        lua.create_function(|_, (a, radix): (AnyUserData, u32)| {
            Ok(get(&a)?.to_str_radix(radix.clamp(2, 36)))
        })?,
    )?;
    table.raw_set("negate", lua.create_function(|lua, a: AnyUserData| wrap(lua, -get(&a)?))?)?;
    table.raw_set("invert", lua.create_function(|lua, a: AnyUserData| wrap(lua, !get(&a)?))?)?;
    table.raw_set("is_zero", lua.create_function(|_, a: AnyUserData| Ok(get(&a)?.is_zero()))?)?;
    Ok(table)
}
