-- Calls of which nobody said how the other party felt come first: somebody waits for that. Those that were logged whole
-- are many and can wait.
ALTER TABLE calls.analyses ADD COLUMN priority smallint NOT NULL DEFAULT 0;
DROP INDEX calls.analyses_due;
CREATE INDEX analyses_due ON calls.analyses (priority, due_at);
