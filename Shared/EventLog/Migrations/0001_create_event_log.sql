-- The first migration of every service: its event log, its place in the logs of others, its idempotent answers.
-- {service} stands for the service's name, which is also its schema and its login role.

-- One counter row per partition, locked until commit, so that the order of the numbers is the order of the commits and
-- no number is missing. A sequence would give neither.
CREATE TABLE {service}.event_head (
    partition smallint PRIMARY KEY CHECK (partition BETWEEN 0 AND 15),
    number    bigint   NOT NULL DEFAULT 0 CHECK (number >= 0)
) WITH (fillfactor = 10);
INSERT INTO {service}.event_head (partition) SELECT generate_series(0, 15);

CREATE TABLE {service}.events (
    partition    smallint    NOT NULL REFERENCES {service}.event_head,
    number       bigint      NOT NULL CHECK (number > 0),
    workspace_id uuid        NOT NULL,
    kind         text        NOT NULL,
    payload      bytea       NOT NULL,
    traceparent  text,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (partition, number)
);
CREATE INDEX events_recorded_at ON {service}.events USING brin (recorded_at);

-- How far this service has worked through another one's log.
CREATE TABLE {service}.event_positions (
    owner     text     NOT NULL,
    partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 15),
    number    bigint   NOT NULL DEFAULT 0 CHECK (number >= 0),
    PRIMARY KEY (owner, partition)
) WITH (fillfactor = 10);

-- How far others have worked through this service's log, noted now and then: what all have passed may be forgotten.
CREATE TABLE {service}.event_readers (
    reader    text        NOT NULL,
    partition smallint    NOT NULL CHECK (partition BETWEEN 0 AND 15),
    number    bigint      NOT NULL CHECK (number >= 0),
    seen_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (reader, partition)
);

CREATE TABLE {service}.idempotency (
    workspace_id uuid        NOT NULL,
    digest       bytea       NOT NULL,
    fingerprint  bytea       NOT NULL,
    reply        bytea       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workspace_id, digest)
);
CREATE INDEX idempotency_created_at ON {service}.idempotency (created_at);

ALTER TABLE {service}.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE {service}.events FORCE ROW LEVEL SECURITY;
ALTER TABLE {service}.idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE {service}.idempotency FORCE ROW LEVEL SECURITY;

-- The workspaces of the transaction, set by whoever begins it. Without the setting nothing is visible.
CREATE FUNCTION {service}.current_workspaces() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), ''), ',')::uuid[]
$$;

CREATE POLICY own_workspaces ON {service}.events TO {service}
    USING (workspace_id = ANY ({service}.current_workspaces()));
CREATE POLICY every_workspace ON {service}.events TO {service}_jobs USING (true);
CREATE POLICY own_workspaces ON {service}.idempotency TO {service}
    USING (workspace_id = ANY ({service}.current_workspaces()));
CREATE POLICY every_workspace ON {service}.idempotency TO {service}_jobs USING (true);

GRANT SELECT, UPDATE ON {service}.event_head TO {service}, {service}_jobs;
GRANT SELECT, INSERT ON {service}.events TO {service}, {service}_jobs;
GRANT DELETE ON {service}.events TO {service}_jobs;
GRANT SELECT, INSERT, UPDATE ON {service}.event_positions TO {service}, {service}_jobs;
GRANT SELECT, INSERT, UPDATE ON {service}.event_readers TO {service}_jobs;
GRANT SELECT, INSERT ON {service}.idempotency TO {service};
GRANT SELECT, DELETE ON {service}.idempotency TO {service}_jobs;
