-- Who left keeps a row, since what they did points to it.
ALTER TABLE auth.memberships ADD COLUMN removed_at timestamptz,
    ADD CONSTRAINT memberships_removed CHECK (removed_at IS NULL OR NOT is_active);

-- An invitation that waits; it goes when it is accepted or withdrawn, and the audit log tells of it.
CREATE TABLE auth.invitations (
    workspace_id uuid        NOT NULL REFERENCES auth.workspaces,
    id           uuid        NOT NULL,
    email        text        NOT NULL
        CHECK (octet_length(email) BETWEEN 3 AND 254 AND email COLLATE "C" !~ '[A-Z]'),
    name         text        NOT NULL CHECK (char_length(name) <= 200),
    role         text        NOT NULL CHECK (role IN ('admin', 'user')),
    -- SHA-256 of the whole token, which has 256 random bits.
    secret_hash  bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT invitations_email_key UNIQUE (workspace_id, email)
);
-- A token is looked up before its workspace is known.
CREATE INDEX invitations_id ON auth.invitations (id);
CREATE INDEX invitations_expires_at ON auth.invitations (expires_at);

ALTER TABLE auth.invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.invitations FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON auth.invitations TO auth
    USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON auth.invitations TO auth_jobs USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.invitations TO auth;
GRANT SELECT, DELETE ON auth.invitations TO auth_jobs;
