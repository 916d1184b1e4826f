//! Number ↔ text exactly as ECMAScript writes it: `toFixed`, `toExponential`, `toPrecision`, `toString(radix)`, `ToNumber` of strings, `parseFloat`.
//! Must not know how numbers reach a script; everything here is text and `f64`, the Lua glue is the last function.

use mlua::{Lua, LuaString, Result, Table};

/// Number of significant decimal digits that is enough to write any double exactly.
const EXACT_DIGITS: usize = 770;

/// White space and line terminators that `ToNumber` and `trim` strip.
pub(crate) fn is_js_space(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// `value` in scientific form with `digits` significant digits, ties away from zero as ECMAScript wants:
/// the digits without a point, and the decimal exponent of the first one.
fn scientific(value: f64, digits: usize) -> (String, i32) {
    let exact = format!("{value:.EXACT_DIGITS$e}");
    let (mantissa, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let mut all: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let mut exponent: i32 = exponent.parse().unwrap_or(0);
    let round_up = all.get(digits).is_some_and(|digit| *digit >= b'5');
    all.truncate(digits);
    while all.len() < digits {
        all.push(b'0');
    }
    if round_up && increment(&mut all) {
        all.insert(0, b'1');
        all.truncate(digits);
        exponent += 1;
    }
    (String::from_utf8_lossy(&all).into_owned(), exponent)
}

/// Adds one to a decimal number in ASCII digits; true when every digit was a nine (all are zero now).
fn increment(digits: &mut [u8]) -> bool {
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return false;
        }
    }
    true
}

/// `Number.prototype.toFixed` for a finite number below 10²¹.
pub(crate) fn to_fixed(value: f64, fraction_digits: usize) -> String {
    let magnitude = value.abs();
    let exact = format!("{magnitude:.0$}", 1100);
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(fraction_digits)).collect();
    if fraction.as_bytes().get(fraction_digits).is_some_and(|digit| *digit >= b'5') && increment(&mut digits)
    {
        digits.insert(0, b'1');
    }
    let text = String::from_utf8_lossy(&digits).into_owned();
    let (whole, fraction) = text.split_at(text.len() - fraction_digits);
    let sign = if value < 0.0 { "-" } else { "" };
    if fraction_digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `Number.prototype.toExponential`; `None` means as many digits as needed.
pub(crate) fn to_exponential(value: f64, fraction_digits: Option<usize>) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let (digits, exponent) = match fraction_digits {
        Some(count) if value == 0.0 => ("0".repeat(count + 1), 0),
        Some(count) => scientific(value.abs(), count + 1),
        None => shortest(value.abs()),
    };
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let mark = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{mark}{}", exponent.abs())
}

/// The shortest digits that read back as `value`, and the exponent of the first.
fn shortest(value: f64) -> (String, i32) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// `Number.prototype.toPrecision` with 1 to 100 digits of a finite number.
pub(crate) fn to_precision(value: f64, precision: usize) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let (digits, exponent) =
        if value == 0.0 { ("0".repeat(precision), 0) } else { scientific(value.abs(), precision) };
    let places = precision as i32;
    if exponent < -6 || exponent >= places {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{mark}{}", exponent.abs());
    }
    if exponent == places - 1 {
        return format!("{sign}{digits}");
    }
    if exponent >= 0 {
        let (whole, fraction) = digits.split_at(exponent as usize + 1);
        return format!("{sign}{whole}.{fraction}");
    }
    format!("{sign}0.{}{digits}", "0".repeat((-exponent - 1) as usize))
}

/// `Number.prototype.toString(radix)` for a finite number and a radix other than ten, digit for digit as V8 does it:
/// fraction digits are produced until the value is told apart from its neighbours.
pub(crate) fn to_radix(value: f64, radix: u32) -> String {
    let magnitude = value.abs();
    let base = f64::from(radix);
    let mut whole = magnitude.floor();
    let mut fraction = magnitude - whole;
    let next = f64::from_bits(magnitude.to_bits() + 1);
    let mut delta = (0.5 * (next - magnitude)).max(f64::from_bits(1));
    let mut fraction_digits: Vec<u32> = Vec::new();
    if fraction >= delta {
        loop {
            fraction *= base;
            delta *= base;
            let digit = fraction.floor();
            fraction_digits.push(digit as u32);
            fraction -= digit;
            if (fraction > 0.5 || (fraction == 0.5 && (digit as u32) & 1 == 1)) && fraction + delta > 1.0 {
                whole += carry(&mut fraction_digits, radix);
                break;
            }
            if fraction < delta {
                break;
            }
        }
    }
    let mut text = whole_digits(whole, radix);
    if !fraction_digits.is_empty() {
        text.push('.');
        text.extend(fraction_digits.iter().filter_map(|digit| char::from_digit(*digit, radix)));
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

/// Rounds a list of fraction digits up; gives 1.0 when the carry leaves the fraction.
fn carry(digits: &mut Vec<u32>, radix: u32) -> f64 {
    while let Some(last) = digits.pop() {
        if last + 1 < radix {
            digits.push(last + 1);
            return 0.0;
        }
    }
    1.0
}

/// Digits of a whole number; beyond 2⁵³ the low digits are zeros where the double says nothing about them.
fn whole_digits(mut whole: f64, radix: u32) -> String {
    let base = f64::from(radix);
    let mut digits = Vec::new();
    while exponent_of(whole) > 52 {
        whole /= base;
        digits.push('0');
    }
    loop {
        let rest = whole % base;
        digits.push(char::from_digit(rest as u32, radix).unwrap_or('0'));
        whole = (whole - rest) / base;
        if whole <= 0.0 {
            return digits.iter().rev().collect();
        }
    }
}

/// Unbiased binary exponent of a double read as an integer significand of 53 bits, as V8's `Double::Exponent() > 0` asks.
fn exponent_of(value: f64) -> i32 {
    ((value.to_bits() >> 52) & 0x7ff) as i32 - 1023
}

/// `ToNumber` of a string.
pub(crate) fn parse_number(text: &str) -> f64 {
    let text = text.trim_matches(is_js_space);
    if text.is_empty() {
        return 0.0;
    }
    if let Some((radix, digits)) = radix_prefix(text) {
        return if !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)) {
            parse_digits(digits, radix)
        } else {
            f64::NAN
        };
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ if decimal_length(text) == text.len() => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn radix_prefix(text: &str) -> Option<(u32, &str)> {
    let rest = text.strip_prefix('0')?;
    let radix = match rest.as_bytes().first()? {
        b'x' | b'X' => 16,
        b'o' | b'O' => 8,
        b'b' | b'B' => 2,
        _ => return None,
    };
    Some((radix, &rest[1..]))
}

/// Whole number of valid digits in `radix`, correctly rounded where the radix is a power of two or ten.
pub(crate) fn parse_digits(digits: &str, radix: u32) -> f64 {
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    if radix.is_power_of_two() {
        return parse_power_of_two(digits, radix);
    }
    digits
        .chars()
        .filter_map(|c| c.to_digit(radix))
        .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
}

/// Exact rounding to nearest even: 64 leading bits are kept, further ones only as a sticky bit.
fn parse_power_of_two(digits: &str, radix: u32) -> f64 {
    let bits_per_digit = radix.trailing_zeros();
    let (mut head, mut dropped_bits, mut sticky) = (0_u128, 0_u32, false);
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        if head >> 100 == 0 {
            head = (head << bits_per_digit) | u128::from(digit);
        } else {
            dropped_bits = dropped_bits.saturating_add(bits_per_digit);
            sticky |= digit != 0;
        }
    }
    let rounded = (head | u128::from(sticky)) as f64;
    rounded * 2_f64.powi(dropped_bits.min(100_000) as i32)
}

/// Length of the longest prefix that is a decimal literal with an optional sign (no `Infinity`), else zero.
fn decimal_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits_from = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let start = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole_end = digits_from(start);
    let mut end = whole_end;
    let mut count = whole_end - start;
    if bytes.get(whole_end) == Some(&b'.') {
        end = digits_from(whole_end + 1);
        count += end - whole_end - 1;
    }
    if count == 0 {
        return 0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent_end = digits_from(end + 1 + sign);
        if exponent_end > end + 1 + sign {
            end = exponent_end;
        }
    }
    end
}

/// `parseFloat`.
pub(crate) fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(is_js_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with("Infinity") {
        return if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    text.get(..decimal_length(text)).and_then(|prefix| prefix.parse().ok()).unwrap_or(f64::NAN)
}

/// `parseInt` with a radix that is 0 (not given) or 2 to 36.
pub(crate) fn parse_int(text: &str, radix: u32) -> f64 {
    let text = text.trim_start_matches(is_js_space);
    let negative = text.starts_with('-');
    let mut digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut base = if radix == 0 { 10 } else { radix };
    if (radix == 0 || radix == 16) && (digits.starts_with("0x") || digits.starts_with("0X")) {
        digits = &digits[2..];
        base = 16;
    }
    let end = digits.find(|c: char| !c.is_digit(base)).unwrap_or(digits.len());
    if end == 0 {
        return f64::NAN;
    }
    let value = parse_digits(&digits[..end], base);
    if negative { -value } else { value }
}

/// The group `native.number`.
pub(crate) fn group(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("to_fixed", lua.create_function(|_, (v, n): (f64, usize)| Ok(to_fixed(v, n.min(100))))?)?;
    table.raw_set(
        "to_exponential",
        lua.create_function(|_, (v, n): (f64, Option<usize>)| Ok(to_exponential(v, n.map(|n| n.min(100)))))?,
    )?;
    table.raw_set(
        "to_precision",
        lua.create_function(|_, (v, n): (f64, usize)| Ok(to_precision(v, n.clamp(1, 100))))?,
    )?;
    table
        .raw_set("to_radix", lua.create_function(|_, (v, r): (f64, u32)| Ok(to_radix(v, r.clamp(2, 36))))?)?;
    table.raw_set(
        "parse",
        lua.create_function(|_, s: LuaString| Ok(s.to_str().map_or(f64::NAN, |s| parse_number(&s))))?,
    )?;
    table.raw_set(
        "parse_float",
        lua.create_function(|_, s: LuaString| Ok(parse_float(&s.to_string_lossy())))?,
    )?;
    table.raw_set(
        "parse_int",
        lua.create_function(|_, (s, r): (LuaString, u32)| {
            Ok(if r == 1 || r > 36 { f64::NAN } else { parse_int(&s.to_string_lossy(), r) })
        })?,
    )?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_rounds_ties_away_and_uses_the_exact_value() {
        assert_eq!(to_fixed(1.005, 2), "1.00");
        assert_eq!(to_fixed(2.5, 0), "3");
        assert_eq!(to_fixed(-2.5, 0), "-3");
        assert_eq!(to_fixed(-0.000_001, 2), "-0.00");
        assert_eq!(to_fixed(0.5, 0), "1");
        assert_eq!(to_fixed(123.456, 2), "123.46");
        assert_eq!(to_fixed(1e20, 2), "100000000000000000000.00");
    }

    #[test]
    fn precision_and_exponential() {
        assert_eq!(to_precision(123.456, 4), "123.5");
        assert_eq!(to_precision(0.000_123, 2), "0.00012");
        assert_eq!(to_precision(1e21, 3), "1.00e+21");
        assert_eq!(to_precision(25.0, 1), "3e+1");
        assert_eq!(to_exponential(12345.0, Some(2)), "1.23e+4");
        assert_eq!(to_exponential(0.0, Some(2)), "0.00e+0");
        assert_eq!(to_exponential(-1.5e-9, None), "-1.5e-9");
    }

    #[test]
    fn radix() {
        assert_eq!(to_radix(255.0, 16), "ff");
        assert_eq!(to_radix(-255.5, 2), "-11111111.1");
        assert_eq!(to_radix(0.1, 2), "0.0001100110011001100110011001100110011001100110011001101");
        assert_eq!(to_radix(0.000_01, 3), "0.00000000001202211101211210021122111222221");
    }

    #[test]
    fn parsing() {
        assert_eq!(parse_number(" 0x1F "), 31.0);
        assert_eq!(parse_number("1_000").to_bits(), f64::NAN.to_bits());
        assert!(parse_number("inf").is_nan());
        assert_eq!(parse_number(".5e1"), 5.0);
        assert_eq!(parse_number("5."), 5.0);
        assert_eq!(parse_float("3.25abc"), 3.25);
        assert_eq!(parse_float("-.5e"), -0.5);
        assert_eq!(parse_int("0x1g", 0), 1.0);
        assert_eq!(parse_int("-42px", 10), -42.0);
        assert_eq!(parse_number("0x20000000000001"), 9_007_199_254_740_992.0);
    }

    proptest::proptest! {
        #[test]
        fn enough_digits_read_back(value in proptest::num::f64::NORMAL) {
            proptest::prop_assert_eq!(to_exponential(value, Some(17)).parse::<f64>().ok(), Some(value));
            proptest::prop_assert_eq!(to_precision(value, 17).parse::<f64>().ok(), Some(value));
        }
    }
}
