-- What the idempotency key of the request stands for: no second call is stored under it, whatever id that one names.
ALTER TABLE calls.calls ADD COLUMN key_id uuid;
CREATE UNIQUE INDEX calls_key ON calls.calls (workspace_id, key_id) WHERE key_id IS NOT NULL;
