-- What was seen: events worth keeping, measurements, alerts.

CREATE TABLE events (
  id              INTEGER PRIMARY KEY,           -- order; the wall clock may jump
  at_ms           INTEGER NOT NULL,
  app             TEXT,
  run             TEXT,
  kind            TEXT NOT NULL,
  level           TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warning', 'error')),
  message         TEXT NOT NULL,
  data            TEXT CHECK (data IS NULL OR json_valid(data))
) STRICT;

CREATE INDEX events_by_app ON events (app, id);

CREATE TABLE metrics (
  id              INTEGER PRIMARY KEY,
  at_ms           INTEGER NOT NULL,
  app             TEXT NOT NULL DEFAULT '',      -- '' for the whole machine
  name            TEXT NOT NULL,
  value           REAL NOT NULL
) STRICT;

CREATE INDEX metrics_by_series ON metrics (app, name, id);

CREATE TABLE alerts (
  id              INTEGER PRIMARY KEY,
  app             TEXT NOT NULL DEFAULT '',
  rule            TEXT NOT NULL,
  level           TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
  message         TEXT NOT NULL,
  count           INTEGER NOT NULL DEFAULT 1,    -- raised again while open
  raised_at_ms    INTEGER NOT NULL,
  last_at_ms      INTEGER NOT NULL,
  seen_at_ms      INTEGER,
  cleared_at_ms   INTEGER
) STRICT;

CREATE UNIQUE INDEX alerts_open ON alerts (app, rule) WHERE cleared_at_ms IS NULL;
