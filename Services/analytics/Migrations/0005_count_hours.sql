-- The sums of each hour, of workspaces (0) and agents (2).
CREATE TABLE analytics.hours (
    workspace_id    uuid        NOT NULL,
    subject_kind    smallint    NOT NULL CHECK (subject_kind IN (0, 2)),
    subject_id      uuid        NOT NULL,
    hour            timestamptz NOT NULL,
    calls           bigint      NOT NULL,
    ended           bigint      NOT NULL,
    successes       bigint      NOT NULL,
    failed          bigint      NOT NULL,
    duration_ms     bigint      NOT NULL,
    cost_micros     bigint      NOT NULL,
    positive        bigint      NOT NULL,
    neutral         bigint      NOT NULL,
    negative        bigint      NOT NULL,
    stt_count       bigint      NOT NULL,
    stt_micros      bigint      NOT NULL,
    llm_count       bigint      NOT NULL,
    llm_micros      bigint      NOT NULL,
    tts_count       bigint      NOT NULL,
    tts_micros      bigint      NOT NULL,
    chats           bigint      NOT NULL,
    ended_chats     bigint      NOT NULL,
    responses       bigint      NOT NULL,
    response_micros bigint      NOT NULL,
    PRIMARY KEY (workspace_id, subject_kind, subject_id, hour)
) WITH (fillfactor = 60);

ALTER TABLE analytics.hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.hours FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON analytics.hours TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.hours TO analytics_jobs USING (true);
GRANT SELECT ON analytics.hours TO analytics;
GRANT SELECT, INSERT, UPDATE ON analytics.hours TO analytics_jobs;

-- Of calls before this only the day is known; they count as of its first hour.
INSERT INTO analytics.hours
SELECT workspace_id, subject_kind, subject_id, day::timestamp AT TIME ZONE 'UTC', calls, ended, successes, failed,
    duration_ms, cost_micros, positive, neutral, negative, stt_count, stt_micros, llm_count, llm_micros, tts_count,
    tts_micros, chats, ended_chats, responses, response_micros
FROM analytics.measures WHERE subject_kind IN (0, 2) AND day <> '0001-12-31 BC';
