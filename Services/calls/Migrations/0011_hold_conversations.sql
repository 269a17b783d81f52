ALTER TABLE calls.calls
    ADD COLUMN rating       smallint CHECK (rating BETWEEN 1 AND 5),
    -- When a human was asked for.
    ADD COLUMN escalated_at timestamptz;
CREATE INDEX calls_newest_escalated ON calls.calls (workspace_id, created_at, id)
    WHERE escalated_at IS NOT NULL AND deleted_at IS NULL;

-- A chat with an agent, beside its call of the same id, which is written first where both change.
CREATE TABLE calls.conversations (
    workspace_id  uuid        NOT NULL,
    id            uuid        NOT NULL,
    -- Chosen by whoever chats.
    session_id    text        NOT NULL CHECK (length(session_id) BETWEEN 1 AND 128),
    agent_id      uuid        NOT NULL,
    started_at    timestamptz NOT NULL,
    last_turn_at  timestamptz NOT NULL,
    turns         integer     NOT NULL DEFAULT 0,
    -- Answers in a row that the agent was not sure of.
    unsure        integer     NOT NULL DEFAULT 0,
    is_ended      boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX conversations_running ON calls.conversations (workspace_id, session_id) WHERE NOT is_ended;
CREATE INDEX conversations_of_session ON calls.conversations (workspace_id, session_id, id);
CREATE INDEX conversations_idle ON calls.conversations (last_turn_at) WHERE NOT is_ended;

CREATE TABLE calls.turns (
    workspace_id  uuid        NOT NULL,
    call_id       uuid        NOT NULL,
    number        integer     NOT NULL,
    speaker       text        NOT NULL CHECK (speaker IN ('agent', 'customer')),
    text          text        NOT NULL CHECK (length(text) BETWEEN 1 AND 32768),
    said_at       timestamptz NOT NULL,
    -- Of the message that was said or answered.
    message_id    uuid        NOT NULL,
    passages_used integer     NOT NULL DEFAULT 0,
    is_unsure     boolean     NOT NULL DEFAULT false,
    escalates     boolean     NOT NULL DEFAULT false,
    intent        text        NOT NULL DEFAULT '',
    cost_micros   bigint      NOT NULL DEFAULT 0,
    -- How long the other party waited for this answer; null for what they said themselves.
    answer_micros bigint,
    PRIMARY KEY (workspace_id, call_id, number)
);
CREATE UNIQUE INDEX turns_of_message ON calls.turns (workspace_id, message_id, speaker);

ALTER TABLE calls.conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.conversations FORCE ROW LEVEL SECURITY;
ALTER TABLE calls.turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.turns FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON calls.conversations TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY own_workspaces ON calls.turns TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON calls.conversations TO calls_jobs USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON calls.conversations, calls.turns TO calls;
GRANT SELECT ON calls.conversations TO calls_jobs;
