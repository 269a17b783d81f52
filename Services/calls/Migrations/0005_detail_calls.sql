-- What is known of a call beside what every call has. A call of which nothing of it is known has no row here.
CREATE TABLE calls.call_details (
    workspace_id      uuid    NOT NULL,
    id                uuid    NOT NULL,
    -- The number that was shown to the other party.
    caller_id         text    NOT NULL CHECK (char_length(caller_id) <= 64),
    summary           text    NOT NULL CHECK (char_length(summary) <= 16384),
    emotions          text[]  NOT NULL,
    key_phrases       text[]  NOT NULL,
    -- The phrases in the form in which they are counted.
    phrase_keys       text[]  NOT NULL,
    error_message     text    CHECK (char_length(error_message) <= 2000),
    connected_at      timestamptz,
    is_success_stated boolean NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- What the service knows of agents and campaigns, kept from the events of agents.
CREATE TABLE calls.agent_copies (
    workspace_id uuid    NOT NULL,
    id           uuid    NOT NULL,
    name         text    NOT NULL,
    is_active    boolean NOT NULL,
    version      bigint  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE calls.campaign_copies (
    workspace_id uuid    NOT NULL,
    id           uuid    NOT NULL,
    name         text    NOT NULL,
    agent_id     uuid    NOT NULL,
    is_active    boolean NOT NULL,
    version      bigint  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE INDEX calls_newest_of_agent ON calls.calls (workspace_id, agent_id, created_at, id)
    WHERE deleted_at IS NULL AND agent_id IS NOT NULL;
CREATE INDEX calls_newest_of_campaign ON calls.calls (workspace_id, campaign_id, created_at, id)
    WHERE deleted_at IS NULL AND campaign_id IS NOT NULL;
CREATE INDEX calls_newest_of_number ON calls.calls (workspace_id, other_phone_key, created_at, id)
    WHERE deleted_at IS NULL AND other_phone_key <> '';
-- Of the states that few calls are in.
CREATE INDEX calls_newest_in_state ON calls.calls (workspace_id, status, created_at, id)
    WHERE deleted_at IS NULL AND status <> 'completed';

ALTER TABLE calls.call_details ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.call_details FORCE ROW LEVEL SECURITY;
ALTER TABLE calls.agent_copies ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.agent_copies FORCE ROW LEVEL SECURITY;
ALTER TABLE calls.campaign_copies ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.campaign_copies FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON calls.campaign_copies TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON calls.campaign_copies TO calls_jobs USING (true);
CREATE POLICY own_workspaces ON calls.call_details TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY own_workspaces ON calls.agent_copies TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON calls.call_details TO calls_jobs USING (true);
CREATE POLICY every_workspace ON calls.agent_copies TO calls_jobs USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON calls.call_details TO calls;
GRANT SELECT ON calls.call_details TO calls_jobs;
GRANT SELECT, INSERT, UPDATE ON calls.agent_copies, calls.campaign_copies TO calls, calls_jobs;
