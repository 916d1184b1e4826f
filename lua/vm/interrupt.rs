//! Luau's interrupt, switched on and off from another thread.
//!
//! Must not know: why. mlua installs the callback (which raises errors properly); here its address is kept, and only the
//! pointer Luau looks at is changed, which Luau allows at any time and from any thread.

use std::sync::atomic::{AtomicPtr, Ordering};

use mlua::{Lua, ffi};

/// The place Luau looks at, and the callback mlua had put there.
pub(crate) struct Interrupt {
    place: *mut *mut (),
    callback: *mut (),
}

#[expect(unsafe_code, reason = "Luau's callbacks are reached by address only")]
// SAFETY: the place is only written, by an atomic store, while the state lives: `Limits::release` drops this before.
unsafe impl Send for Interrupt {}

impl Interrupt {
    /// Takes the callback out of a state for later use.
    #[expect(unsafe_code, reason = "Luau's callbacks are reached by address only")]
    pub(crate) fn take_from(lua: &Lua) -> Self {
        let state = lua.exec_raw_lua(mlua::state::RawLua::state);
        // SAFETY: `lua_callbacks` gives the address of a member of the global state, valid as long as that lives; a nullable
        // function pointer has the size and form of a plain pointer.
        let (place, callback) = unsafe {
            let place = (&raw mut (*ffi::lua_callbacks(state)).interrupt).cast::<*mut ()>();
            (place, *place)
        };
        let interrupt = Interrupt { place, callback };
        interrupt.set(false);
        interrupt
    }

    /// Lets Luau call the callback at the next safe point, or no more.
    #[expect(unsafe_code, reason = "Luau's callbacks are reached by address only")]
    pub(crate) fn set(&self, on: bool) {
        let callback = if on { self.callback } else { std::ptr::null_mut() };
        // SAFETY: the place is aligned, valid (see `Send` above), and written by nobody else but through this type.
        let place = unsafe { AtomicPtr::from_ptr(self.place) };
        place.store(callback, Ordering::Relaxed);
    }
}
