-- Who may do what where: people, the workspaces that they belong to, their sessions, keys for machines, what was revoked
-- before it expired, and the record of all of it.

CREATE TABLE auth.people (
    id              uuid        PRIMARY KEY,
    email           text        NOT NULL CONSTRAINT people_email_key UNIQUE
        CHECK (octet_length(email) BETWEEN 3 AND 254 AND email COLLATE "C" !~ '[A-Z]'),
    name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    first_name      text        CHECK (char_length(first_name) BETWEEN 1 AND 200),
    last_name       text        CHECK (char_length(last_name) BETWEEN 1 AND 200),
    company_name    text        CHECK (char_length(company_name) BETWEEN 1 AND 200),
    password_hash   text        NOT NULL CHECK (char_length(password_hash) BETWEEN 1 AND 255),
    -- bcrypt-sha256: the password was hashed with SHA-256 first, since bcrypt stops at 72 bytes and at a NUL.
    password_scheme text        NOT NULL CHECK (password_scheme IN ('bcrypt', 'bcrypt-sha256')),
    is_active       boolean     NOT NULL DEFAULT true,
    -- Tokens and sessions of a lower generation are void.
    generation      integer     NOT NULL DEFAULT 0 CHECK (generation >= 0),
    -- By which surface of the gateway the account was made; without meaning here.
    client_hint     text        NOT NULL CHECK (char_length(client_hint) <= 64),
    created_at      timestamptz NOT NULL
);

CREATE TABLE auth.workspaces (
    id             uuid        PRIMARY KEY,
    name           text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    -- Calls older than this are removed; null keeps them.
    retention_days integer     CHECK (retention_days BETWEEN 1 AND 36500),
    settings       jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    created_at     timestamptz NOT NULL,
    closed_at      timestamptz
);

CREATE TABLE auth.memberships (
    workspace_id uuid        NOT NULL REFERENCES auth.workspaces,
    person_id    uuid        NOT NULL REFERENCES auth.people,
    role         text        NOT NULL CHECK (role IN ('admin', 'user')),
    is_active    boolean     NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL,
    -- A sign-in goes to the workspace used last.
    last_used_at timestamptz,
    PRIMARY KEY (workspace_id, person_id)
);
CREATE INDEX memberships_person ON auth.memberships (person_id);

CREATE TABLE auth.sessions (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    person_id    uuid        NOT NULL,
    -- The person's at the sign-in.
    generation   integer     NOT NULL CHECK (generation >= 0),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    -- When the last token that was minted for it expires.
    tokens_until timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    ended_at     timestamptz,
    address      text        NOT NULL CHECK (char_length(address) <= 64),
    user_agent   text        NOT NULL CHECK (char_length(user_agent) <= 255),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, person_id) REFERENCES auth.memberships,
    CHECK (expires_at > created_at AND expires_at <= created_at + interval '30 days'),
    CHECK (tokens_until <= expires_at)
);
CREATE INDEX sessions_person ON auth.sessions (workspace_id, person_id, created_at);
CREATE INDEX sessions_expires_at ON auth.sessions (expires_at);

CREATE TABLE auth.api_keys (
    workspace_id uuid        NOT NULL REFERENCES auth.workspaces,
    id           uuid        NOT NULL,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    prefix       text        NOT NULL CHECK (char_length(prefix) BETWEEN 4 AND 16),
    -- SHA-256 of the whole key, which has 256 random bits.
    secret_hash  bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    scopes       text[]      NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 32),
    created_by   uuid        NOT NULL REFERENCES auth.people,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    deleted_at   timestamptz,
    PRIMARY KEY (workspace_id, id)
);
-- A key is looked up before its workspace is known.
CREATE INDEX api_keys_id ON auth.api_keys (id);
CREATE INDEX api_keys_newest ON auth.api_keys (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

-- What gateways must refuse although it has not expired by itself.
CREATE TABLE auth.revocations (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    session_id   uuid,
    person_id    uuid,
    generation   integer,
    api_key_id   uuid,
    forget_after timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CHECK (num_nonnulls(session_id, person_id, api_key_id) = 1),
    CHECK ((person_id IS NULL) = (generation IS NULL))
);
CREATE INDEX revocations_forget_after ON auth.revocations (forget_after);

-- Append-only. Each hash covers the entry and the hash before it: hash(n) = sha256(hash(n-1) || int8(n) || content(n)),
-- with 32 zero bytes before the first. Failed sign-ins that belong to nobody are kept under the workspace of zeros.
CREATE TABLE auth.audit (
    workspace_id uuid        NOT NULL,
    number       bigint      NOT NULL CHECK (number > 0),
    at           timestamptz NOT NULL,
    kind         text        NOT NULL,
    -- Who did it: person:<id>, key:<id> or anonymous.
    actor        text        NOT NULL,
    -- What it was done to; empty for nothing.
    subject      text        NOT NULL,
    address      text        NOT NULL,
    user_agent   text        NOT NULL,
    hash         bytea       NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (workspace_id, number)
);

CREATE TABLE auth.audit_heads (
    workspace_id uuid   PRIMARY KEY,
    number       bigint NOT NULL CHECK (number > 0),
    hash         bytea  NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 50);

ALTER TABLE auth.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.people FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.workspaces FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.revocations FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.audit FORCE ROW LEVEL SECURITY;
ALTER TABLE auth.audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.audit_heads FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON auth.workspaces TO auth
    USING (id = ANY (auth.current_workspaces()));
CREATE POLICY own_workspaces ON auth.memberships TO auth
    USING (workspace_id = ANY (auth.current_workspaces()));
CREATE POLICY own_workspaces ON auth.sessions TO auth
    USING (workspace_id = ANY (auth.current_workspaces()));
CREATE POLICY own_workspaces ON auth.api_keys TO auth
    USING (workspace_id = ANY (auth.current_workspaces()));
CREATE POLICY own_workspaces ON auth.revocations TO auth
    USING (workspace_id = ANY (auth.current_workspaces()));
CREATE POLICY own_workspaces ON auth.audit TO auth
    USING (workspace_id = ANY (auth.current_workspaces()));
CREATE POLICY own_workspaces ON auth.audit_heads TO auth
    USING (workspace_id = ANY (auth.current_workspaces()));

-- A person belongs to no one workspace: whoever works for a workspace sees its members. A new one has none yet.
CREATE POLICY members ON auth.people FOR SELECT TO auth
    USING (EXISTS (SELECT FROM auth.memberships m WHERE m.person_id = people.id));
CREATE POLICY members_change ON auth.people FOR UPDATE TO auth
    USING (EXISTS (SELECT FROM auth.memberships m WHERE m.person_id = people.id));
CREATE POLICY newcomers ON auth.people FOR INSERT TO auth WITH CHECK (true);

-- Before a workspace is known (a sign-in, a key), for snapshots over all workspaces, and for sweeping.
CREATE POLICY every_workspace ON auth.people TO auth_jobs USING (true);
CREATE POLICY every_workspace ON auth.workspaces TO auth_jobs USING (true);
CREATE POLICY every_workspace ON auth.memberships TO auth_jobs USING (true);
CREATE POLICY every_workspace ON auth.sessions TO auth_jobs USING (true);
CREATE POLICY every_workspace ON auth.api_keys TO auth_jobs USING (true);
CREATE POLICY every_workspace ON auth.revocations TO auth_jobs USING (true);
CREATE POLICY every_workspace ON auth.audit TO auth_jobs USING (true);

GRANT SELECT, INSERT, UPDATE ON auth.people, auth.workspaces, auth.memberships, auth.sessions, auth.api_keys TO auth;
GRANT SELECT, INSERT ON auth.revocations, auth.audit TO auth;
GRANT SELECT, INSERT, UPDATE ON auth.audit_heads TO auth;
GRANT SELECT ON auth.people, auth.workspaces, auth.memberships, auth.api_keys, auth.audit TO auth_jobs;
GRANT SELECT, DELETE ON auth.sessions, auth.revocations TO auth_jobs;
