-- What a session goes on by when its access token has expired. A token is good once; the row stays, so that its second
-- use is seen.
CREATE TABLE auth.refresh_tokens (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    session_id   uuid        NOT NULL,
    -- SHA-256 of the whole token, which has 256 random bits.
    secret_hash  bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at   timestamptz NOT NULL,
    used_at      timestamptz,
    -- The token that was answered for it.
    successor_id uuid,
    -- That answer, sealed by the master key for this row, until its token is used or seconds have passed.
    answer       bytea,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, session_id) REFERENCES auth.sessions ON DELETE CASCADE,
    CHECK ((used_at IS NULL) = (successor_id IS NULL)),
    CHECK (answer IS NULL OR used_at IS NOT NULL)
);
-- A token is looked up before its workspace is known.
CREATE INDEX refresh_tokens_id ON auth.refresh_tokens (id);
CREATE INDEX refresh_tokens_session ON auth.refresh_tokens (workspace_id, session_id);
-- Whatever happens, a session has one token that is good.
CREATE UNIQUE INDEX refresh_tokens_good ON auth.refresh_tokens (workspace_id, session_id) WHERE used_at IS NULL;
CREATE INDEX refresh_tokens_successor ON auth.refresh_tokens (workspace_id, successor_id) WHERE answer IS NOT NULL;

ALTER TABLE auth.refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.refresh_tokens FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON auth.refresh_tokens TO auth
    USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON auth.refresh_tokens TO auth_jobs USING (true);

GRANT SELECT, INSERT, UPDATE ON auth.refresh_tokens TO auth;
GRANT SELECT, UPDATE ON auth.refresh_tokens TO auth_jobs;
