-- Sums over calls, filled from events only. All are integers, so that they can be compared with a recompute bit for bit.
-- None has a CHECK on its sign: an upsert carries what is added or taken away.
--
-- subject_kind: 0 the workspace (subject_id is its own id), 1 a client, 2 an agent, 3 a campaign.
-- day: a UTC date, or '0001-12-31 BC' for all time, which no call can have.
CREATE TABLE analytics.measures (
    workspace_id uuid     NOT NULL,
    subject_kind smallint NOT NULL CHECK (subject_kind BETWEEN 0 AND 3),
    subject_id   uuid     NOT NULL,
    day          date     NOT NULL,
    calls        bigint   NOT NULL,
    ended        bigint   NOT NULL,
    successes    bigint   NOT NULL,
    failed       bigint   NOT NULL,
    duration_ms  bigint   NOT NULL,
    cost_micros  bigint   NOT NULL,
    positive     bigint   NOT NULL,
    neutral      bigint   NOT NULL,
    negative     bigint   NOT NULL,
    stt_count    bigint   NOT NULL,
    stt_micros   bigint   NOT NULL,
    llm_count    bigint   NOT NULL,
    llm_micros   bigint   NOT NULL,
    tts_count    bigint   NOT NULL,
    tts_micros   bigint   NOT NULL,
    PRIMARY KEY (workspace_id, subject_kind, subject_id, day)
) WITH (fillfactor = 60);

-- How many latencies fell into each logarithmic bucket; for all time now, by day when somebody needs it.
-- component: 1 speech to text, 2 language model, 3 text to speech.
CREATE TABLE analytics.latency_buckets (
    workspace_id uuid     NOT NULL,
    subject_kind smallint NOT NULL CHECK (subject_kind BETWEEN 0 AND 3),
    subject_id   uuid     NOT NULL,
    day          date     NOT NULL,
    component    smallint NOT NULL CHECK (component BETWEEN 1 AND 3),
    bucket       smallint NOT NULL CHECK (bucket BETWEEN 0 AND 3711),
    n            bigint   NOT NULL,
    PRIMARY KEY (workspace_id, subject_kind, subject_id, day, component, bucket)
) WITH (fillfactor = 70);

-- Active clients of each workspace.
CREATE TABLE analytics.client_counts (
    workspace_id uuid   NOT NULL PRIMARY KEY,
    active       bigint NOT NULL
) WITH (fillfactor = 60);

ALTER TABLE analytics.measures ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.measures FORCE ROW LEVEL SECURITY;
ALTER TABLE analytics.latency_buckets ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.latency_buckets FORCE ROW LEVEL SECURITY;
ALTER TABLE analytics.client_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.client_counts FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON analytics.measures TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.measures TO analytics_jobs USING (true);
CREATE POLICY own_workspaces ON analytics.latency_buckets TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.latency_buckets TO analytics_jobs USING (true);
CREATE POLICY own_workspaces ON analytics.client_counts TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.client_counts TO analytics_jobs USING (true);

GRANT SELECT ON analytics.measures, analytics.latency_buckets, analytics.client_counts TO analytics;
GRANT SELECT, INSERT, UPDATE ON analytics.measures, analytics.latency_buckets, analytics.client_counts
    TO analytics_jobs;
