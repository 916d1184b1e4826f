//! The life of an app as types: `App<Installed>` can become `App<Running>`, and a step that is not in the table below does not
//! compile.
//!
//! ```compile_fail
//! # use pino_state::{App, State, phase::{NotInstalled, Running}};
//! fn jump(app: App<NotInstalled>, state: &State) {
//!     let _ = app.become_now::<Running>(state, None); // it has to be installed first
//! }
//! ```
//!
//! Must not know: what happens in a state.

use std::marker::PhantomData;

use pino_model::AppState;

use crate::{State, StateError, noun::apps::AppRow};

/// The states as types.
pub mod phase {
    /// Known, but not there.
    pub enum NotInstalled {}
    /// Its installation is under way.
    pub enum Installing {}
    /// There, and not started since.
    pub enum Installed {}
    /// Started and not over yet.
    pub enum Running {}
    /// It ran and ended.
    pub enum Stopped {}
    /// It failed.
    pub enum Error {}
}

/// A state as a type.
pub trait AppPhase {
    /// The same as a value.
    const STATE: AppState;
}

/// `P: CanBecome<Q>`: an app in `P` may go to `Q`.
pub trait CanBecome<Q: AppPhase>: AppPhase {}

/// An app that was in the state `P` when it was read.
pub struct App<P> {
    row: AppRow,
    phase: PhantomData<P>,
}

impl<P: AppPhase> App<P> {
    fn new(row: AppRow) -> Self {
        Self { row, phase: PhantomData }
    }

    /// Its row.
    pub fn row(&self) -> &AppRow {
        &self.row
    }

    /// Goes to the state `Q`, with the reason when that is an error. Fails when somebody else has changed it since it was read.
    pub fn become_now<Q: AppPhase>(self, state: &State, error: Option<&str>) -> Result<App<Q>, StateError>
    where
        P: CanBecome<Q>,
    {
        state.apps().change(&self.row, Q::STATE, error).map(App::new)
    }
}

/// The table of legal changes, once for the compiler and once as values.
macro_rules! life {
    ($($from:ident => $($to:ident)+;)+) => {
        $(
            impl AppPhase for phase::$from {
                const STATE: AppState = AppState::$from;
            }
            $(impl CanBecome<phase::$to> for phase::$from {})+
        )+

        /// An app in whatever state it is.
        pub enum AnyApp {
            $(#[doc = concat!("In ", stringify!($from), ".")] $from(App<phase::$from>),)+
        }

        impl AnyApp {
            pub(crate) fn new(row: AppRow) -> Self {
                match row.state {
                    $(AppState::$from => Self::$from(App::new(row)),)+
                }
            }

            /// Its row.
            pub fn row(&self) -> &AppRow {
                match self { $(Self::$from(app) => app.row(),)+ }
            }

            /// For callers that learn the target at run time: refuses what the table does not have.
            pub fn become_now(self, state: &State, to: AppState, error: Option<&str>) -> Result<Self, StateError> {
                let from = self.row().state;
                match (self, to) {
                    $($((Self::$from(app), AppState::$to) => {
                        app.become_now::<phase::$to>(state, error).map(Self::$to)
                    })+)+
                    (app, _) => Err(StateError::Illegal { app: app.row().name.clone(), from: from.name(), to: to.name() }),
                }
            }
        }

        /// Where an app may go from a state.
        #[cfg(test)]
        pub(crate) fn successors(from: AppState) -> &'static [AppState] {
            match from { $(AppState::$from => &[$(AppState::$to),+],)+ }
        }
    };
}

life! {
    NotInstalled => Installing;
    Installing => Installed Error NotInstalled;
    Installed => Running Installing Error NotInstalled;
    Running => Stopped Error;
    Stopped => Running Installing Error NotInstalled;
    Error => Running Installing Stopped NotInstalled;
}

impl AnyApp {
    /// Its state.
    pub fn state(&self) -> AppState {
        self.row().state
    }
}

/// The state a word of the database stands for.
pub(crate) fn state_from_word(word: &str) -> Option<AppState> {
    use AppState::{Error, Installed, Installing, NotInstalled, Running, Stopped};
    [NotInstalled, Installing, Installed, Running, Stopped, Error]
        .into_iter()
        .find(|state| state.name() == word)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use AppState::{Error, Installed, Installing, NotInstalled, Running, Stopped};

    use super::*;

    const ALL: [AppState; 6] = [NotInstalled, Installing, Installed, Running, Stopped, Error];

    /// States on the shortest way from `NotInstalled`.
    fn way(to: AppState) -> Vec<AppState> {
        let mut ways = vec![vec![NotInstalled]];
        loop {
            if let Some(found) = ways.iter().find(|way| way.last() == Some(&to)) {
                return found.clone();
            }
            let longer = |way: &Vec<AppState>| {
                let next = successors(*way.last().unwrap()).iter();
                next.map(|state| [way.clone(), vec![*state]].concat()).collect::<Vec<_>>()
            };
            ways = ways.iter().flat_map(longer).collect();
        }
    }

    #[test]
    fn the_table_is_obeyed_at_run_time_too() {
        let scratch = tempfile::tempdir().unwrap();
        let state = State::open(&scratch.path().join("pino.db")).unwrap();
        for (from, to) in ALL.iter().flat_map(|from| ALL.iter().map(move |to| (*from, *to))) {
            let mut app = state.apps().add(&format!("{}-{}", from.name(), to.name()), NotInstalled).unwrap();
            for next in way(from).into_iter().skip(1) {
                app = app.become_now(&state, next, None).unwrap();
            }
            let outcome = app.become_now(&state, to, None);
            assert_eq!(outcome.is_ok(), successors(from).contains(&to), "{} → {}", from.name(), to.name());
        }
    }
}
