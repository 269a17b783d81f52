-- subject_kind 4: an agent in a campaign; the id stands for both.
ALTER TABLE analytics.measures DROP CONSTRAINT measures_subject_kind_check;
ALTER TABLE analytics.measures ADD CONSTRAINT measures_subject_kind_check CHECK (subject_kind BETWEEN 0 AND 4);
ALTER TABLE analytics.latency_buckets DROP CONSTRAINT latency_buckets_subject_kind_check;
ALTER TABLE analytics.latency_buckets
    ADD CONSTRAINT latency_buckets_subject_kind_check CHECK (subject_kind BETWEEN 0 AND 4);

-- In how many calls a phrase was said; days and all time as in measures.
CREATE TABLE analytics.phrases (
    workspace_id uuid     NOT NULL,
    subject_kind smallint NOT NULL CHECK (subject_kind BETWEEN 0 AND 4),
    subject_id   uuid     NOT NULL,
    day          date     NOT NULL,
    phrase       text     NOT NULL COLLATE "C",
    n            bigint   NOT NULL,
    PRIMARY KEY (workspace_id, subject_kind, subject_id, day, phrase)
) WITH (fillfactor = 70);
CREATE INDEX phrases_top ON analytics.phrases (workspace_id, subject_kind, subject_id, n DESC, phrase)
    WHERE day = '0001-12-31 BC' AND n > 0;

ALTER TABLE analytics.phrases ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.phrases FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON analytics.phrases TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.phrases TO analytics_jobs USING (true);
GRANT SELECT ON analytics.phrases TO analytics;
GRANT SELECT, INSERT, UPDATE ON analytics.phrases TO analytics_jobs;
