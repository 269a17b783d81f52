-- What agents know. A row is also the job that reads the document: whoever reads it holds the lease, and the fence grows
-- with each holder and with each order to read it anew, so that one who comes late changes nothing.
CREATE TABLE agents.documents (
    workspace_id     uuid        NOT NULL,
    id               uuid        NOT NULL,
    -- NULL: every agent of the workspace knows it.
    agent_id         uuid,
    kind             text        NOT NULL CHECK (kind IN ('file', 'website', 'faq')),
    name             text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
    format           text        CHECK (format IN ('pdf', 'doc', 'docx', 'html', 'md', 'txt')),
    source_url       text        CHECK (char_length(source_url) BETWEEN 1 AND 2048),
    blob_key         text        CHECK (length(blob_key) <= 512),
    size_bytes       bigint      CHECK (size_bytes > 0),
    sha256           bytea       CHECK (octet_length(sha256) = 32),
    status           text        NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'processing', 'ready', 'failed')),
    progress_percent smallint    NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100),
    reason           text        CHECK (char_length(reason) <= 500),
    passages         integer     NOT NULL DEFAULT 0 CHECK (passages >= 0),
    faq_entries      integer     NOT NULL DEFAULT 0 CHECK (faq_entries >= 0),
    fence            bigint      NOT NULL DEFAULT 0,
    lease_until      timestamptz NOT NULL DEFAULT '-infinity',
    due_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Since the last time that somebody asked for it. One that kills its readers is not read for ever.
    tries            integer     NOT NULL DEFAULT 0 CHECK (tries >= 0),
    created_by       uuid,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CONSTRAINT documents_agent FOREIGN KEY (workspace_id, agent_id) REFERENCES agents.agents (workspace_id, id),
    CONSTRAINT documents_source CHECK (
        CASE kind WHEN 'website' THEN source_url IS NOT NULL AND blob_key IS NULL
            ELSE blob_key IS NOT NULL AND format IS NOT NULL AND size_bytes IS NOT NULL AND sha256 IS NOT NULL END)
);
CREATE INDEX documents_newest_first ON agents.documents (workspace_id, created_at DESC, id DESC);
CREATE INDEX documents_agent ON agents.documents (workspace_id, agent_id);
CREATE INDEX documents_due ON agents.documents (due_at) WHERE status IN ('pending', 'processing');
-- The sweeper looks for keys of every workspace.
CREATE INDEX documents_key ON agents.documents (blob_key);

-- Pieces of documents that are found for questions. The words of English are stemmed, which does no harm to those of
-- other languages: questions are stemmed alike. Each holds its workspace as a word, so that one index finds both.
CREATE TABLE agents.passages (
    workspace_id uuid     NOT NULL,
    document_id  uuid     NOT NULL,
    number       integer  NOT NULL CHECK (number >= 0),
    body         text     NOT NULL,
    -- Where it begins in the document's text, in characters.
    body_offset  integer  NOT NULL CHECK (body_offset >= 0),
    -- The page it was found on, of a website.
    source_url   text     CHECK (char_length(source_url) <= 2048),
    words        tsvector NOT NULL,
    PRIMARY KEY (workspace_id, document_id, number),
    FOREIGN KEY (workspace_id, document_id) REFERENCES agents.documents (workspace_id, id)
);
-- Without a list of what is still to be sorted in: each search would go through all of it.
CREATE INDEX passages_words ON agents.passages USING gin (words) WITH (fastupdate = off);

ALTER TABLE agents.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.documents FORCE ROW LEVEL SECURITY;
ALTER TABLE agents.passages ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.passages FORCE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON agents.documents TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.documents TO agents_jobs USING (true);
CREATE POLICY own_workspaces ON agents.passages TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.passages TO agents_jobs USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON agents.documents TO agents;
GRANT SELECT, DELETE ON agents.passages TO agents;
GRANT SELECT, UPDATE ON agents.documents TO agents_jobs;
GRANT SELECT, INSERT, DELETE ON agents.passages TO agents_jobs;
