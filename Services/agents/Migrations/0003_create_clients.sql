-- The businesses that are served.
CREATE TABLE agents.clients (
    workspace_id  uuid        NOT NULL,
    id            uuid        NOT NULL,
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    -- As it was given, and the form by which two spellings of one number are the same.
    phone_number  text        NOT NULL CHECK (char_length(phone_number) BETWEEN 3 AND 64),
    phone_e164    text        NOT NULL CHECK (phone_e164 ~ '^\+?[0-9]{3,15}$'),
    profession    text        CHECK (char_length(profession) BETWEEN 1 AND 200),
    voice_name    text        NOT NULL DEFAULT 'af_sarah' CHECK (char_length(voice_name) BETWEEN 1 AND 100),
    voice_id      text        CHECK (char_length(voice_id) BETWEEN 1 AND 100),
    system_prompt text        CHECK (char_length(system_prompt) BETWEEN 1 AND 32000),
    agent_id      uuid,
    is_active     boolean     NOT NULL DEFAULT true,
    version       bigint      NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at    timestamptz,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT clients_agent FOREIGN KEY (workspace_id, agent_id) REFERENCES agents.agents (workspace_id, id),
    CONSTRAINT clients_deletion CHECK (is_active = (deleted_at IS NULL))
);
-- A number becomes free again with the deletion of its client.
CREATE UNIQUE INDEX clients_active_phone ON agents.clients (workspace_id, phone_e164) WHERE is_active;
CREATE INDEX clients_newest_first ON agents.clients (workspace_id, created_at DESC, id DESC) WHERE is_active;
-- For callers that have no workspace yet.
CREATE INDEX clients_id ON agents.clients (id) WHERE is_active;
CREATE INDEX clients_agent ON agents.clients (workspace_id, agent_id) WHERE agent_id IS NOT NULL;

ALTER TABLE agents.clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.clients FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON agents.clients TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.clients TO agents_jobs USING (true);
GRANT SELECT, INSERT, UPDATE ON agents.clients TO agents;
GRANT SELECT ON agents.clients TO agents_jobs;
