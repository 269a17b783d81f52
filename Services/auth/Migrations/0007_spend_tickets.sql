-- Tickets for live connections that were used: a ticket is good because a gateway signed it, and good once because of its
-- row here. A row goes when its ticket has long expired.
CREATE TABLE auth.spent_tickets (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX spent_tickets_expires_at ON auth.spent_tickets (expires_at);

ALTER TABLE auth.spent_tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth.spent_tickets FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON auth.spent_tickets TO auth
    USING (workspace_id = ANY ((SELECT auth.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON auth.spent_tickets TO auth_jobs USING (true);

GRANT SELECT, INSERT ON auth.spent_tickets TO auth;
GRANT SELECT, DELETE ON auth.spent_tickets TO auth_jobs;
