-- One recording of a call; its bytes are an object under the key. An object without a row is swept after a day.
CREATE TABLE calls.recordings (
    workspace_id uuid        NOT NULL,
    call_id      uuid        NOT NULL,
    blob_key     text        NOT NULL CHECK (length(blob_key) <= 512),
    format       text        NOT NULL CHECK (format IN ('wav', 'mp3', 'ogg')),
    size_bytes   bigint      NOT NULL CHECK (size_bytes > 0),
    sha256       bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    duration_ms  bigint      CHECK (duration_ms >= 0),
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, call_id)
);
-- The sweeper looks for keys of every workspace, and for the oldest rows of one.
CREATE INDEX recordings_key ON calls.recordings (blob_key);
CREATE INDEX recordings_oldest ON calls.recordings (workspace_id, created_at);

-- After how many days a workspace's recordings go; those of a workspace without a row stay as long as their calls.
CREATE TABLE calls.recording_retention (
    workspace_id   uuid    NOT NULL PRIMARY KEY,
    retention_days integer NOT NULL CHECK (retention_days BETWEEN 1 AND 36500)
);

-- Deleted calls whose recordings the sweeper has to take.
CREATE INDEX calls_deleted ON calls.calls (workspace_id, id) WHERE deleted_at IS NOT NULL;

ALTER TABLE calls.recordings ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.recordings FORCE ROW LEVEL SECURITY;
ALTER TABLE calls.recording_retention ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.recording_retention FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON calls.recordings TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY own_workspaces ON calls.recording_retention TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON calls.recordings TO calls_jobs USING (true);
CREATE POLICY every_workspace ON calls.recording_retention TO calls_jobs USING (true);

GRANT SELECT, INSERT, UPDATE ON calls.recordings TO calls;
GRANT SELECT, DELETE ON calls.recordings TO calls_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON calls.recording_retention TO calls, calls_jobs;
