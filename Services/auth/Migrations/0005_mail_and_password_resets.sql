-- Mail that waits to be sent, stored with what it is about. A row goes when its mail is accepted or past its use.
CREATE TABLE auth.mails (
    workspace_id uuid        NOT NULL REFERENCES auth.workspaces,
    id           uuid        NOT NULL,
    -- Recipient, subject and text, sealed by the master key for this row: the text holds a token.
    letter       bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    -- Nobody sends it before this; whoever sends it moves it on, so that no one else does meanwhile.
    due_at       timestamptz NOT NULL,
    forget_after timestamptz NOT NULL,
    attempts     integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX mails_due ON auth.mails (due_at);

CREATE TABLE auth.password_resets (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    person_id    uuid        NOT NULL,
    -- SHA-256 of the whole token, which has 256 random bits.
    secret_hash  bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    -- The person's when it was asked for: whatever raises it makes this void.
    generation   integer     NOT NULL CHECK (generation >= 0),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, person_id) REFERENCES auth.memberships
);
-- A token is looked up before its workspace is known.
CREATE INDEX password_resets_id ON auth.password_resets (id);
CREATE INDEX password_resets_person ON auth.password_resets (workspace_id, person_id);
CREATE INDEX password_resets_expires_at ON auth.password_resets (expires_at);

ALTER TABLE auth.mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.mails FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.password_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.password_resets FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON auth.mails TO auth
    USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
CREATE POLICY own_workspaces ON auth.password_resets TO auth
    USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON auth.mails TO auth_jobs USING (true);
CREATE POLICY every_workspace ON auth.password_resets TO auth_jobs USING (true);

GRANT SELECT, INSERT ON auth.mails TO auth;
GRANT SELECT, INSERT, UPDATE ON auth.password_resets TO auth;
GRANT SELECT, UPDATE, DELETE ON auth.mails TO auth_jobs;
GRANT SELECT, DELETE ON auth.password_resets TO auth_jobs;
