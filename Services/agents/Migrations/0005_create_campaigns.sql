-- Outbound campaigns. The counts are moved in the transaction that moves a number, so that they always add up.
CREATE TABLE agents.campaigns (
    workspace_id         uuid        NOT NULL,
    id                   uuid        NOT NULL,
    agent_id             uuid        NOT NULL,
    name                 text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    description          text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 4000),
    status               text        NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'scheduled', 'active', 'paused', 'completed')),
    start_time           timestamptz,
    end_time             timestamptz,
    max_concurrent_calls integer     NOT NULL CHECK (max_concurrent_calls BETWEEN 1 AND 10000),
    max_retries          integer     NOT NULL CHECK (max_retries BETWEEN 0 AND 20),
    retry_delay_seconds  integer     NOT NULL CHECK (retry_delay_seconds BETWEEN 0 AND 2592000),
    caller_id            text        NOT NULL DEFAULT '' CHECK (char_length(caller_id) <= 64),
    total_numbers        bigint      NOT NULL DEFAULT 0,
    pending              bigint      NOT NULL DEFAULT 0 CHECK (pending >= 0),
    in_progress          bigint      NOT NULL DEFAULT 0 CHECK (in_progress >= 0),
    completed            bigint      NOT NULL DEFAULT 0 CHECK (completed >= 0),
    failed               bigint      NOT NULL DEFAULT 0 CHECK (failed >= 0),
    retries              bigint      NOT NULL DEFAULT 0 CHECK (retries >= 0),
    version              bigint      NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_by           uuid,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    launched_at          timestamptz,
    paused_at            timestamptz,
    completed_at         timestamptz,
    deleted_at           timestamptz,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT campaigns_agent FOREIGN KEY (workspace_id, agent_id) REFERENCES agents.agents (workspace_id, id),
    CONSTRAINT campaigns_counts CHECK (pending + in_progress + completed + failed = total_numbers)
);
CREATE INDEX campaigns_newest_first ON agents.campaigns (workspace_id, created_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX campaigns_agent ON agents.campaigns (workspace_id, agent_id);
-- What the dialer looks at.
CREATE INDEX campaigns_dialled ON agents.campaigns (status) WHERE status IN ('scheduled', 'active', 'paused');

-- The numbers of a campaign, each of them once.
CREATE TABLE agents.campaign_numbers (
    workspace_id uuid        NOT NULL,
    campaign_id  uuid        NOT NULL,
    id           uuid        NOT NULL,
    phone_number text        NOT NULL CHECK (char_length(phone_number) BETWEEN 3 AND 64),
    phone_e164   text        NOT NULL CHECK (phone_e164 ~ '^\+?[0-9]{3,15}$'),
    state        text        NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'in_progress', 'completed', 'failed')),
    attempts     integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Those of them that ended before anything was sent; they use no retry.
    unplaced     integer     NOT NULL DEFAULT 0 CHECK (unplaced BETWEEN 0 AND attempts),
    due_at       timestamptz NOT NULL,
    -- How its last attempt ended, or why none was made.
    reason       text,
    detail       text,
    last_call_id uuid,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, id),
    CONSTRAINT campaign_numbers_once UNIQUE (workspace_id, campaign_id, phone_e164),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES agents.campaigns (workspace_id, id)
);
CREATE INDEX campaign_numbers_due ON agents.campaign_numbers (workspace_id, campaign_id, due_at, id)
    WHERE state = 'pending';
CREATE INDEX campaign_numbers_state ON agents.campaign_numbers (workspace_id, campaign_id, state, id);

-- One call to a number, recorded before it is placed. Its call id is the call's in the calls service.
CREATE TABLE agents.attempts (
    workspace_id uuid        NOT NULL,
    call_id      uuid        NOT NULL,
    campaign_id  uuid        NOT NULL,
    number_id    uuid        NOT NULL,
    attempt      integer     NOT NULL CHECK (attempt >= 1),
    -- What the call is made with, whatever becomes of the campaign meanwhile.
    agent_id     uuid        NOT NULL,
    caller_id    text        NOT NULL,
    -- Placed by the simulated carrier: whoever holds the lease plays it to its end.
    is_simulated boolean     NOT NULL,
    -- recorded: nothing was sent. placing: whoever holds the lease may be sending. placed: the carrier has taken it.
    -- unknown: whether it was sent is open, so it is never sent again. ended: it is settled.
    phase        text        NOT NULL CHECK (phase IN ('recorded', 'placing', 'placed', 'unknown', 'ended')),
    holder       uuid        NOT NULL,
    lease_until  timestamptz NOT NULL,
    -- When a call that nobody ends counts as failed.
    ends_by      timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    placed_at    timestamptz,
    ended_at     timestamptz,
    end_category text,
    end_code     text,
    end_detail   text,
    -- False while the record of the call still has to hear of an end that the dialer decided.
    is_told      boolean     NOT NULL DEFAULT true,
    PRIMARY KEY (workspace_id, call_id),
    CONSTRAINT attempts_once UNIQUE (workspace_id, campaign_id, number_id, attempt),
    FOREIGN KEY (workspace_id, campaign_id, number_id)
        REFERENCES agents.campaign_numbers (workspace_id, campaign_id, id)
);
CREATE INDEX attempts_leased ON agents.attempts (lease_until)
    WHERE phase IN ('recorded', 'placing') OR (phase = 'placed' AND is_simulated);
CREATE INDEX attempts_running ON agents.attempts (ends_by) WHERE phase <> 'ended';
CREATE INDEX attempts_untold ON agents.attempts (ended_at) WHERE NOT is_told;

-- Numbers that are never dialled.
CREATE TABLE agents.suppressions (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    phone_number text        NOT NULL CHECK (char_length(phone_number) BETWEEN 3 AND 64),
    phone_e164   text        NOT NULL CHECK (phone_e164 ~ '^\+?[0-9]{3,15}$'),
    reason       text        NOT NULL DEFAULT '' CHECK (char_length(reason) <= 500),
    created_by   uuid,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT suppressions_once UNIQUE (workspace_id, phone_e164)
);
CREATE INDEX suppressions_newest_first ON agents.suppressions (workspace_id, created_at DESC, id DESC);

ALTER TABLE agents.campaigns ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.campaigns FORCE ROW LEVEL SECURITY;
ALTER TABLE agents.campaign_numbers ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.campaign_numbers FORCE ROW LEVEL SECURITY;
ALTER TABLE agents.attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.attempts FORCE ROW LEVEL SECURITY;
ALTER TABLE agents.suppressions ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.suppressions FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON agents.campaigns TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.campaigns TO agents_jobs USING (true);
CREATE POLICY own_workspaces ON agents.campaign_numbers TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.campaign_numbers TO agents_jobs USING (true);
CREATE POLICY own_workspaces ON agents.attempts TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.attempts TO agents_jobs USING (true);
CREATE POLICY own_workspaces ON agents.suppressions TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.suppressions TO agents_jobs USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON agents.campaigns, agents.campaign_numbers, agents.attempts, agents.suppressions
    TO agents;
GRANT SELECT, INSERT, UPDATE ON agents.campaigns, agents.campaign_numbers, agents.attempts TO agents_jobs;
GRANT SELECT ON agents.suppressions TO agents_jobs;
