//! One walk over the syntax tree before lowering: where every variable is used and written, which functions
//! exist, where they are called. Knows nothing of Luau.

mod early;
mod walk;

use std::cell::Cell;

use oxc_allocator::{Allocator, Vec as ArenaVec};
use oxc_ast::ast::{Expression, Program};
use oxc_semantic::Scoping;
use oxc_syntax::{scope::ScopeId, symbol::SymbolId};

pub(crate) use early::Early;
pub(crate) use walk::collect;

/// What is written to a variable.
#[derive(Clone, Copy)]
pub(crate) enum Write<'a> {
    /// The value of an expression.
    Value(&'a Expression<'a>),
    /// `x op= value`: the operator's result on the variable and the value.
    Compound(oxc_syntax::operator::AssignmentOperator, &'a Expression<'a>),
    /// `x++`
    Increment,
    /// `x--`
    Decrement,
    /// Nothing: declared without a value, or perhaps not declared yet.
    Undefined,
    /// A property name.
    Key,
    /// Anything.
    Unknown,
}

/// One use of a variable.
#[derive(Clone, Copy)]
pub(crate) struct Use {
    pub(crate) position: u32,
    pub(crate) frame: u32,
}

/// What is known of one variable.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by name")]
pub(crate) struct SymbolFacts<'a> {
    /// First byte of the binding's name, end of its declaration (initializer included).
    pub(crate) declared_at: u32,
    pub(crate) ready_at: u32,
    /// Number of declarations (`var x; var x`).
    pub(crate) declarations: u16,
    /// The function that declares it.
    pub(crate) frame: u32,
    pub(crate) first_use: u32,
    pub(crate) last_use: u32,
    /// Used inside another function than the declaring one.
    pub(crate) captured: bool,
    /// Written inside another function than the declaring one.
    pub(crate) written_inside: bool,
    /// Writes after the declaration.
    pub(crate) rewritten: u32,
    /// The declaration stands in a loop of its function.
    pub(crate) in_loop: bool,
    /// Declared somewhere the walk does not follow (parameters, patterns, catch, imports).
    pub(crate) opaque: bool,
    /// Number of uses that are `x.name` reads, and of uses in all.
    pub(crate) member_reads: u32,
    pub(crate) uses: u32,
    pub(crate) writes: ArenaVec<'a, Write<'a>>,
    /// Number of uses that call it.
    pub(crate) calls: u32,
    /// The function that is its value, for declarations and bindings initialised with a function.
    pub(crate) function: Option<u32>,
    /// The function it names is a hoisted declaration.
    pub(crate) hoisted: bool,
    /// A parameter of a function called `(kernel, info)`, by its name.
    pub(crate) launcher_info: bool,
    /// A class declaration: uses inside the class itself mean its inner binding.
    pub(crate) class: bool,
}

/// What is known of one function (or the program, index 0).
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by name")]
pub(crate) struct Frame<'a> {
    pub(crate) parent: u32,
    pub(crate) start: u32,
    pub(crate) symbol: Option<SymbolId>,
    pub(crate) hoisted: bool,
    pub(crate) in_loop: bool,
    /// First position in the parent's text at which the function can run.
    pub(crate) runs_at: u32,
    /// Where lowering puts the definition: its own place, or further up for hoisted functions.
    pub(crate) placed_at: Cell<u32>,
    /// Ends of calls and other expressions that can run foreign code, ascending.
    pub(crate) calls: ArenaVec<'a, u32>,
    /// Starts of `return` statements, ascending.
    pub(crate) exits: ArenaVec<'a, u32>,
    /// Every way out of the function is `return value` or `throw`.
    pub(crate) always_returns: bool,
    /// Uses a variable of a function or loop around it, so that every evaluation makes a function of its own.
    pub(crate) captures: bool,
    /// Variables declared inside, nested functions not counted.
    pub(crate) variables: u32,
}

impl<'a> SymbolFacts<'a> {
    fn unseen(alloc: &'a Allocator) -> Self {
        Self {
            declared_at: 0,
            ready_at: 0,
            declarations: 0,
            frame: 0,
            first_use: u32::MAX,
            last_use: 0,
            captured: false,
            written_inside: false,
            rewritten: 0,
            in_loop: false,
            opaque: false,
            member_reads: 0,
            uses: 0,
            calls: 0,
            writes: ArenaVec::new_in(&alloc),
            function: None,
            hoisted: false,
            launcher_info: false,
            class: false,
        }
    }
}

impl<'a> Frame<'a> {
    fn new(
        parent: u32,
        start: u32,
        symbol: Option<SymbolId>,
        hoisted: bool,
        in_loop: bool,
        alloc: &'a Allocator,
    ) -> Self {
        Self {
            parent,
            start,
            symbol,
            hoisted,
            in_loop,
            runs_at: u32::MAX,
            placed_at: Cell::new(start),
            calls: ArenaVec::new_in(&alloc),
            exits: ArenaVec::new_in(&alloc),
            always_returns: true,
            captures: false,
            variables: 0,
        }
    }
}

/// All that the walk found.
pub(crate) struct Facts<'a> {
    pub(crate) symbols: ArenaVec<'a, SymbolFacts<'a>>,
    pub(crate) frames: ArenaVec<'a, Frame<'a>>,
    /// Some hoisted function is used before its place.
    pub(crate) moves: bool,
    /// By reference id.
    pub(crate) uses: ArenaVec<'a, Use>,
    pub(crate) frame_of_scope: ArenaVec<'a, u32>,
    /// The file uses the name `_`.
    pub(crate) underscore: bool,
    /// The file could tell constructors from other functions.
    pub(crate) sees_constructors: bool,
}

impl<'a> Facts<'a> {
    pub(crate) fn symbol(&self, id: SymbolId) -> &SymbolFacts<'a> {
        &self.symbols[id.index()]
    }

    pub(crate) fn frame_of(&self, scope: ScopeId) -> u32 {
        self.frame_of_scope.get(scope.index()).copied().unwrap_or(0)
    }
}

/// Collects the facts and works out when functions can run.
pub(crate) fn gather<'a>(program: &'a Program<'a>, scoping: &Scoping, alloc: &'a Allocator) -> Facts<'a> {
    let mut facts = collect(program, scoping, alloc);
    early::compute_run_positions(&mut facts, scoping);
    facts.moves = facts.frames.iter().any(|frame| frame.hoisted && frame.runs_at < frame.start);
    facts
}
