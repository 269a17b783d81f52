-- Nil before the first change.
ALTER TABLE calls.calls ADD COLUMN updated_at timestamptz;
