//! Static types of converted values: which JavaScript types an expression can have.
//! Knows nothing of syntax; only unions of types and what follows from them.

/// A set of JavaScript types, as bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Types(u16);

impl Types {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const UNDEFINED: Self = Self(1);
    pub(crate) const NULL: Self = Self(1 << 1);
    pub(crate) const BOOLEAN: Self = Self(1 << 2);
    /// A number known to be an integer of at least 0 (loop counters, index literals).
    pub(crate) const INDEX: Self = Self(1 << 3);
    const OTHER_NUMBER: Self = Self(1 << 4);
    pub(crate) const STRING: Self = Self(1 << 5);
    pub(crate) const BIGINT: Self = Self(1 << 6);
    pub(crate) const SYMBOL: Self = Self(1 << 7);
    /// Objects, arrays, functions, classes.
    pub(crate) const OBJECT: Self = Self(1 << 8);
    /// Already a property key.
    pub(crate) const KEY: Self = Self(1 << 9);
    /// Any number.
    pub(crate) const NUMBER: Self = Self(Self::INDEX.0 | Self::OTHER_NUMBER.0);
    /// Result of arithmetic on unknown operands.
    pub(crate) const NUMERIC: Self = Self(Self::NUMBER.0 | Self::BIGINT.0);
    /// Nothing known.
    pub(crate) const ANY: Self = Self((1 << 9) - 1);

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Every possible value is of one of `other`'s types (and at least one is possible).
    pub(crate) const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0 && self.0 != 0
    }

    pub(crate) const fn may_be(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn is_boolean(self) -> bool {
        self.within(Self::BOOLEAN)
    }

    pub(crate) const fn is_number(self) -> bool {
        self.within(Self::NUMBER)
    }

    pub(crate) const fn is_string(self) -> bool {
        self.within(Self::STRING)
    }

    /// Luau's own truthiness (only `nil` and `false` are false) agrees with JavaScript's.
    pub(crate) const fn lua_truthiness(self) -> bool {
        self.within(Self(Self::UNDEFINED.0 | Self::BOOLEAN.0 | Self::OBJECT.0 | Self::SYMBOL.0))
    }
}

/// How much evaluating an expression can observe or change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Effect {
    /// Same value whenever it is evaluated: literals, constants.
    None,
    /// Reads a variable that may change.
    Read,
    /// Reads a property: may throw or run a getter.
    Property,
    /// May do anything.
    Call,
}
