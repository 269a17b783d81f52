-- What happened in each workspace, for those who watch. One counter row per workspace, locked until commit, so that the
-- order of the numbers is the order of the commits and no number is missing.
CREATE TABLE analytics.feed_heads (
    workspace_id uuid   NOT NULL PRIMARY KEY,
    number       bigint NOT NULL CHECK (number > 0)
) WITH (fillfactor = 50);

-- A row holds the entries of one batch of events, at most 256 of them, in their binary form: a call that is logged under
-- full load costs a few bytes here and not two rows.
CREATE TABLE analytics.feed (
    workspace_id uuid        NOT NULL,
    last_number  bigint      NOT NULL,
    first_number bigint      NOT NULL CHECK (first_number BETWEEN 1 AND last_number),
    entries      bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, last_number)
);
CREATE INDEX feed_created_at ON analytics.feed (created_at);

-- What the documents are called that entries name; gone with the document.
CREATE TABLE analytics.feed_documents (
    workspace_id uuid NOT NULL,
    document_id  uuid NOT NULL,
    name         text NOT NULL,
    reason       text,
    PRIMARY KEY (workspace_id, document_id)
);

ALTER TABLE analytics.feed_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.feed_heads FORCE ROW LEVEL SECURITY;
ALTER TABLE analytics.feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.feed FORCE ROW LEVEL SECURITY;
ALTER TABLE analytics.feed_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics.feed_documents FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON analytics.feed_heads TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.feed_heads TO analytics_jobs USING (true);
CREATE POLICY own_workspaces ON analytics.feed TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.feed TO analytics_jobs USING (true);
CREATE POLICY own_workspaces ON analytics.feed_documents TO analytics
    USING (workspace_id = ANY ((SELECT analytics.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON analytics.feed_documents TO analytics_jobs USING (true);

GRANT SELECT ON analytics.feed_heads, analytics.feed, analytics.feed_documents TO analytics;
GRANT SELECT, INSERT, UPDATE ON analytics.feed_heads TO analytics_jobs;
GRANT SELECT, INSERT, DELETE ON analytics.feed TO analytics_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics.feed_documents TO analytics_jobs;

-- The feed tells of what happens from now on: it begins where the statistics stand.
INSERT INTO analytics.event_positions (owner, partition, number)
SELECT owner || '-feed', partition, number FROM analytics.event_positions;
