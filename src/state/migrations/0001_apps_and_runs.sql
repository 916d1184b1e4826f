-- Apps, what was run of them, and the journal of every run: enough to go on where a run was interrupted.
-- A released file is never changed: a new one follows it, and a fixture of the schema before it is kept in tests/fixtures.

CREATE TABLE apps (
  id              INTEGER PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,          -- the folder below <home>/api
  state           TEXT NOT NULL CHECK (state IN ('NOT_INSTALLED', 'INSTALLING', 'INSTALLED', 'RUNNING', 'STOPPED', 'ERROR')),
  generation      INTEGER NOT NULL DEFAULT 0,    -- grows with every change of state: two writers cannot both win
  title           TEXT,
  source          TEXT,                          -- where it was cloned from
  branch          TEXT,
  commit_id       TEXT,
  pinned          INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
  error           TEXT,                          -- why it is in ERROR
  added_at_ms     INTEGER NOT NULL,
  changed_at_ms   INTEGER NOT NULL,
  installed_at_ms INTEGER,
  started_at_ms   INTEGER
) STRICT;

CREATE TABLE runs (
  id              INTEGER PRIMARY KEY,
  uuid            TEXT NOT NULL UNIQUE,          -- the name of the run in events
  app             TEXT,                          -- no foreign key: a run outlives its app, and not every script is in a home
  script          TEXT NOT NULL,
  args            TEXT NOT NULL,
  launcher_commit TEXT,
  resumes         TEXT,                          -- the interrupted run it went on with
  pid             INTEGER NOT NULL,
  start_ticks     INTEGER NOT NULL,              -- with the pid the identity of the process that carries it
  started_at_ms   INTEGER NOT NULL,              -- wall clock, for people; durations come from the monotonic one
  state           TEXT NOT NULL CHECK (state IN ('running', 'done', 'error', 'stopped', 'timeout', 'daemon')),
  error           TEXT,
  steps           INTEGER NOT NULL DEFAULT 0,
  wall_ms         INTEGER
) STRICT;

CREATE INDEX runs_by_app ON runs (app, id);

-- A script of a run, the main one (number 0) and those it called: where it stands and with which variables.
CREATE TABLE scripts (
  run_id          INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  number          INTEGER NOT NULL,
  path            TEXT NOT NULL,
  uri             TEXT NOT NULL,
  caller          INTEGER,                       -- number of the calling script
  caller_step     INTEGER,
  args            TEXT NOT NULL,
  source_hash     INTEGER,                       -- of the file's bytes
  definition      TEXT,                          -- hash of every step as written, a JSON list
  state           TEXT NOT NULL CHECK (state IN ('running', 'ready', 'done', 'error', 'stopped', 'timeout', 'daemon')),
  position        INTEGER NOT NULL DEFAULT 0,    -- the step that is next or at work
  input           TEXT,
  local           TEXT,
  global          TEXT,
  PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
  run_id          INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  sequence        INTEGER NOT NULL,              -- order within the run
  script          INTEGER NOT NULL,
  position        INTEGER NOT NULL,              -- index of the step in its script
  method          TEXT,                          -- none for functions
  params_hash     INTEGER,                       -- of the parameters as rendered
  state           TEXT NOT NULL CHECK (state IN ('running', 'done', 'skipped', 'error', 'stopped')),
  began_ms        INTEGER NOT NULL,              -- since the run began, monotonic
  wall_ms         INTEGER,
  exit_code       INTEGER,                       -- of its last shell
  result          TEXT,
  error           TEXT,
  PRIMARY KEY (run_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  scope           TEXT NOT NULL,                 -- an app's name; '' for the home
  key             TEXT NOT NULL,
  value           TEXT NOT NULL CHECK (json_valid(value)),
  changed_at_ms   INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
