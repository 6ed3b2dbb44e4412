/** Version of the layout; kept in `meta`. */
export const STORE_VERSION = '2'

/**
 * Columns called `sealed_…` are encrypted at rest. `outbox.bytes` are envelopes: sealed to their receivers already. Names of
 * parties, kinds, hashes and counts stand in clear, since the hub knows them too.
 */
export const CREATE_TABLES = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY,
  manifest_sha256 TEXT NOT NULL,
  decision TEXT NOT NULL,
  sealed_charter BLOB,
  cursor INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0,
  sealed_state BLOB,
  sealed_outcome BLOB,
  ended TEXT,
  announced INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
  run TEXT NOT NULL,
  sender TEXT NOT NULL,
  seq INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  step INTEGER NOT NULL,
  refusal TEXT,
  sealed_content BLOB,
  PRIMARY KEY (run, sender, seq)
);
CREATE UNIQUE INDEX IF NOT EXISTS inbox_by_hash ON inbox (run, sha256);
CREATE TABLE IF NOT EXISTS outbox (
  run TEXT NOT NULL,
  receiver TEXT NOT NULL,
  seq INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  step INTEGER NOT NULL,
  bytes BLOB,
  PRIMARY KEY (run, receiver, seq)
);
CREATE INDEX IF NOT EXISTS outbox_unsent ON outbox (run, receiver, seq) WHERE bytes IS NOT NULL;
CREATE TABLE IF NOT EXISTS blobs (run TEXT NOT NULL, name TEXT NOT NULL, sealed_bytes BLOB NOT NULL, PRIMARY KEY (run, name));
CREATE TABLE IF NOT EXISTS audit (run TEXT NOT NULL, seq INTEGER NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS published (
  run TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
  run TEXT NOT NULL,
  what TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, what, seq, hash)
) WITHOUT ROWID;
`
