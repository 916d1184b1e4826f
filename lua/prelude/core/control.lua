-- try/catch/finally, completions, checks of bindings, and the stack of open iterators that an exception must close.
local js, native = ...

local core = js.core
local xpcall, error, type, getmetatable, setmetatable = xpcall, error, type, getmetatable, setmetatable
local on_error, is_limit, thrown = core.on_error, core.is_limit, core.thrown

js.RETURN, js.BREAK, js.CONTINUE = 1, 2, 3

-- Open iterators of the running coroutine; the drivers of coroutines exchange it by `core.swap_open`.
local open = { n = 0 }
function core.open_iterators()
    return open
end
function core.swap_open(other)
    local before = open
    open = other
    return before
end

-- Closes what was opened above `height`. Errors of `return()` are swallowed when `silent` (a throw is under way).
local function unwind(stack, height, silent)
    while stack.n > height do
        local it = stack[stack.n]
        stack[stack.n] = nil
        stack.n -= 1
        it.open = false
        if silent then
            local ok, e = xpcall(it.abandon, on_error, it)
            if not ok and is_limit(e) then
                error(e, 0)
            end
        else
            it:abandon()
        end
    end
end
core.unwind = unwind

-- Ends a generator from outside: passes `finally` but no `catch`.
local RETURN_SIGNAL = setmetatable({}, { primitive = "signal" })
core.RETURN_SIGNAL = RETURN_SIGNAL

-- An error that came through `on_error` is an object, a limit, or the bare value of a translated error.
local function raise(e)
    error(e, 0)
end

function js.try(body, catch, finally)
    local stack = open
    local height = stack.n
    local ok, how, value = xpcall(body, on_error)
    if not ok and stack.n > height then
        if how == RETURN_SIGNAL then
            local closed, e = xpcall(unwind, on_error, stack, height, false)
            if not closed then
                how = e
            end
        else
            unwind(stack, height, true)
        end
    end
    if not ok and how ~= RETURN_SIGNAL and is_limit(how) then
        return raise(how)
    end
    if not ok and catch and how ~= RETURN_SIGNAL then
        if not finally then
            return catch(thrown(how))
        end
        ok, how, value = xpcall(catch, on_error, thrown(how))
        if not ok and stack.n > height then
            if how == RETURN_SIGNAL then
                local closed, e = xpcall(unwind, on_error, stack, height, false)
                if not closed then
                    how = e
                end
            else
                unwind(stack, height, true)
            end
        end
        if not ok and is_limit(how) then
            return raise(how)
        end
    end
    if finally then
        local over, with = finally()
        if over ~= nil then
            return over, with
        end
    end
    if not ok then
        return raise(how)
    end
    return how, value
end

-- A protected call for the host: `true, value` or `false, thrown value`.
function js.protect(f, this, ...)
    local stack = open
    local height = stack.n
    local ok, v = xpcall(f, on_error, this, ...)
    if ok then
        return true, v
    end
    if is_limit(v) then
        return raise(v)
    end
    unwind(stack, height, true)
    return false, thrown(v)
end
-- The same inside the prelude.
core.protect = js.protect

-- Bindings ----------------------------------------------------------------------

js.TDZ = setmetatable({}, { primitive = "uninitialised" })
local TDZ = js.TDZ

function js.tdz_error(name)
    return js.reference_error("Cannot access '" .. name .. "' before initialization")
end
function js.tdz(v, name)
    if v == TDZ then
        return js.tdz_error(name)
    end
    return v
end

function js.const_assign(name)
    return js.type_error("Assignment to constant variable." .. (if name then "" else ""))
end
