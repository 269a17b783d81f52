ALTER TABLE calls.call_details
    ADD COLUMN is_sentiment_stated boolean NOT NULL DEFAULT true,
    -- What was made out of what was said, and by whom.
    ADD COLUMN analysis            jsonb;

-- Ended calls of which it is to be made out what was said. A row is taken for a while by whoever works on it.
CREATE TABLE calls.analyses (
    workspace_id uuid        NOT NULL,
    call_id      uuid        NOT NULL,
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries        integer     NOT NULL DEFAULT 0,
    -- Whoever comes back later than somebody else took it over has another one.
    token        uuid,
    PRIMARY KEY (workspace_id, call_id)
);
CREATE INDEX analyses_due ON calls.analyses (due_at);

ALTER TABLE calls.analyses ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.analyses FORCE ROW LEVEL SECURITY;
CREATE POLICY every_workspace ON calls.analyses TO calls_jobs USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON calls.analyses TO calls_jobs;
