-- Agents, as far as clients have to know them: which there are, and what they are called.
CREATE TABLE agents.agents (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    description  text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 4000),
    status       text        NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'paused', 'archived')),
    version      bigint      NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at   timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX agents_name ON agents.agents (workspace_id, name) WHERE deleted_at IS NULL;

ALTER TABLE agents.agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.agents FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON agents.agents TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.agents TO agents_jobs USING (true);
GRANT SELECT, INSERT, UPDATE ON agents.agents TO agents;
GRANT SELECT ON agents.agents TO agents_jobs;
