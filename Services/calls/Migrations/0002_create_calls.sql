-- What the service knows of clients, kept from the events of agents.
CREATE TABLE calls.client_copies (
    workspace_id uuid    NOT NULL,
    id           uuid    NOT NULL,
    name         text    NOT NULL,
    phone_number text    NOT NULL,
    agent_id     uuid,
    is_active    boolean NOT NULL,
    version      bigint  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- One row per call from its first sign of life on. A deleted call keeps its row without its content, so that its id is
-- never used again.
CREATE TABLE calls.calls (
    workspace_id    uuid        NOT NULL,
    id              uuid        NOT NULL,
    -- Hash of the request that made it; the same id with another one is refused.
    fingerprint     bytea       NOT NULL,
    version         bigint      NOT NULL DEFAULT 1,
    channel         text        NOT NULL DEFAULT 'phone' CHECK (channel IN ('phone', 'chat')),
    status          text        NOT NULL
        CHECK (status IN ('initiated', 'ringing', 'connected', 'completed', 'failed')),
    success         boolean     NOT NULL,
    sentiment       text        NOT NULL CHECK (sentiment IN ('positive', 'neutral', 'negative')),
    client_id       uuid,
    agent_id        uuid,
    campaign_id     uuid,
    -- As given, and in the form in which spellings of one number are equal.
    other_phone     text        NOT NULL CHECK (length(other_phone) <= 64),
    other_phone_key text        NOT NULL DEFAULT '',
    other_name      text        NOT NULL CHECK (length(other_name) <= 200),
    duration_ms     bigint      NOT NULL CHECK (duration_ms >= 0),
    stt_micros      bigint      CHECK (stt_micros >= 0),
    llm_micros      bigint      CHECK (llm_micros >= 0),
    tts_micros      bigint      CHECK (tts_micros >= 0),
    cost_micros     bigint      NOT NULL DEFAULT 0,
    end_category    text,
    end_code        text,
    transcript      text        NOT NULL,
    recording_url   text,
    notes           text,
    is_simulated    boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    logged_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at      timestamptz,
    PRIMARY KEY (workspace_id, id)
);
ALTER TABLE calls.calls ALTER COLUMN transcript SET COMPRESSION lz4;
CREATE INDEX calls_newest ON calls.calls (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX calls_newest_of_client ON calls.calls (workspace_id, client_id, created_at DESC, id DESC)
    WHERE deleted_at IS NULL AND client_id IS NOT NULL;

-- How many calls a client (or none: the zero id) has on a UTC day, moved with the calls themselves, so that a list knows
-- its total without counting.
CREATE TABLE calls.call_counts (
    workspace_id uuid   NOT NULL,
    day          date   NOT NULL,
    client_id    uuid   NOT NULL,
    calls        bigint NOT NULL,
    PRIMARY KEY (workspace_id, day, client_id)
) WITH (fillfactor = 50);

-- See LatencyBucket in Contracts.
CREATE FUNCTION calls.latency_bucket(v bigint) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN v < 128 THEN greatest(v, 0)::integer
        ELSE (64 * (58 - position(B'1' IN v::bit(64))) + (v >> (58 - position(B'1' IN v::bit(64)))))::integer END
$$;

ALTER TABLE calls.client_copies ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.client_copies FORCE ROW LEVEL SECURITY;
ALTER TABLE calls.calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.calls FORCE ROW LEVEL SECURITY;
ALTER TABLE calls.call_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.call_counts FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON calls.client_copies TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY own_workspaces ON calls.calls TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY own_workspaces ON calls.call_counts TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON calls.client_copies TO calls_jobs USING (true);
CREATE POLICY every_workspace ON calls.calls TO calls_jobs USING (true);
CREATE POLICY every_workspace ON calls.call_counts TO calls_jobs USING (true);

GRANT SELECT, INSERT, UPDATE ON calls.client_copies TO calls, calls_jobs;
GRANT SELECT, INSERT, UPDATE ON calls.calls TO calls;
GRANT SELECT ON calls.calls TO calls_jobs;
GRANT SELECT, INSERT, UPDATE ON calls.call_counts TO calls;
GRANT SELECT ON calls.call_counts TO calls_jobs;
