-- What an agent is to those who reach it, and where they do.
ALTER TABLE agents.agents
    ADD COLUMN role            text    NOT NULL DEFAULT '' CHECK (char_length(role) <= 100),
    ADD COLUMN personality     text    NOT NULL DEFAULT '' CHECK (char_length(personality) <= 2000),
    ADD COLUMN channels        text[]  NOT NULL DEFAULT '{}'
        CHECK (channels <@ ARRAY['phone', 'chat', 'whatsapp', 'email']),
    ADD COLUMN channel_setup   jsonb   NOT NULL DEFAULT '{}',
    ADD COLUMN steps_done      text[]  NOT NULL DEFAULT '{}' CHECK (steps_done <@ ARRAY['voice', 'channels']),
    ADD COLUMN phone_number    text    CHECK (char_length(phone_number) BETWEEN 1 AND 64),
    ADD COLUMN phone_simulated boolean NOT NULL DEFAULT false,
    ADD COLUMN deployed_at     timestamptz;

-- A real number is answered by one agent, of whatever workspace. A simulated one belongs to nobody and is told apart
-- within its workspace alone.
ALTER TABLE agents.agents ADD CONSTRAINT agents_real_number EXCLUDE (phone_number WITH =)
    WHERE (phone_number IS NOT NULL AND NOT phone_simulated AND deleted_at IS NULL);
CREATE UNIQUE INDEX agents_number ON agents.agents (workspace_id, phone_number)
    WHERE phone_number IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE agents.companies (
    workspace_id uuid        NOT NULL PRIMARY KEY,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    industry     text        NOT NULL CHECK (char_length(industry) <= 200),
    use_case     text        NOT NULL CHECK (char_length(use_case) <= 200),
    description  text        NOT NULL CHECK (char_length(description) <= 4000),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE agents.companies ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.companies FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON agents.companies TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
GRANT SELECT, INSERT, UPDATE ON agents.companies TO agents;
