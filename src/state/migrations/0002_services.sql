-- What apps have going on: processes, downloads, links to the outside, plans for later.

CREATE TABLE processes (
  id              INTEGER PRIMARY KEY,
  app             TEXT,
  run             TEXT,                          -- uuid
  label           TEXT NOT NULL,                 -- the script it belongs to
  shim            TEXT UNIQUE,                   -- folder below <home>/pino/shims
  pid             INTEGER NOT NULL,
  start_ticks     INTEGER NOT NULL,
  command         TEXT NOT NULL,
  cwd             TEXT NOT NULL,
  started_at_ms   INTEGER NOT NULL,
  ended_at_ms     INTEGER,
  exit_code       INTEGER,
  peak_rss_bytes  INTEGER,
  cpu_ms          INTEGER
) STRICT;

CREATE INDEX processes_alive ON processes (app) WHERE ended_at_ms IS NULL;

CREATE TABLE downloads (
  id              INTEGER PRIMARY KEY,
  app             TEXT,
  url             TEXT NOT NULL,                 -- without user and password
  target          TEXT NOT NULL UNIQUE,
  state           TEXT NOT NULL CHECK (state IN ('queued', 'active', 'paused', 'done', 'failed', 'cancelled')),
  priority        INTEGER NOT NULL DEFAULT 0,
  done_bytes      INTEGER NOT NULL DEFAULT 0,
  total_bytes     INTEGER,
  etag            TEXT,
  checksum        TEXT,
  error           TEXT,
  added_at_ms     INTEGER NOT NULL,
  changed_at_ms   INTEGER NOT NULL
) STRICT;

CREATE INDEX downloads_by_state ON downloads (state, priority DESC, id);

CREATE TABLE tunnels (
  id              INTEGER PRIMARY KEY,
  app             TEXT NOT NULL,
  provider        TEXT NOT NULL,
  port            INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
  url             TEXT,                          -- public address, once known
  state           TEXT NOT NULL CHECK (state IN ('opening', 'open', 'closed', 'failed')),
  pid             INTEGER,
  error           TEXT,
  opened_at_ms    INTEGER NOT NULL,
  closed_at_ms    INTEGER
) STRICT;

CREATE TABLE shares (
  id              INTEGER PRIMARY KEY,
  app             TEXT NOT NULL,
  tunnel          INTEGER REFERENCES tunnels (id) ON DELETE SET NULL,
  role            TEXT NOT NULL CHECK (role IN ('view', 'use', 'admin')),
  token_hash      TEXT NOT NULL UNIQUE,          -- SHA-256; the token itself is shown once and never kept
  label           TEXT,
  created_at_ms   INTEGER NOT NULL,
  expires_at_ms   INTEGER,
  revoked_at_ms   INTEGER
) STRICT;

CREATE TABLE schedules (
  id              INTEGER PRIMARY KEY,
  app             TEXT NOT NULL,
  cron            TEXT NOT NULL,
  action          TEXT NOT NULL CHECK (action IN ('start', 'stop', 'restart', 'update', 'run')),
  script          TEXT,                          -- for `run`
  args            TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(args)),
  enabled         INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  last_run_at_ms  INTEGER,
  last_outcome    TEXT
) STRICT;
