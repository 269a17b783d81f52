-- What passages mean, where an embedding model is named. A document is found by its words as soon as it is read; its
-- vectors follow, by a job of their own with a lease and a fence of its own.
ALTER TABLE agents.documents
    -- Of all its vectors. NULL: it has none, or not all of them.
    ADD COLUMN embedded_model    text CHECK (char_length(embedded_model) BETWEEN 1 AND 100),
    ADD COLUMN embed_fence       bigint      NOT NULL DEFAULT 0,
    ADD COLUMN embed_lease_until timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN embed_due_at      timestamptz NOT NULL DEFAULT '-infinity',
    -- In a row that came to nothing; each makes the pause longer.
    ADD COLUMN embed_tries       integer     NOT NULL DEFAULT 0 CHECK (embed_tries >= 0);
CREATE INDEX documents_embedded ON agents.documents (embedded_model) WHERE status = 'ready';
CREATE INDEX documents_to_embed ON agents.documents (embed_due_at)
    WHERE status = 'ready' AND embedded_model IS NULL AND embed_tries = 0;
CREATE INDEX documents_embedded_in_vain ON agents.documents (embed_due_at)
    WHERE status = 'ready' AND embedded_model IS NULL AND embed_tries > 0;

CREATE TABLE agents.passage_vectors (
    workspace_id uuid    NOT NULL,
    document_id  uuid    NOT NULL,
    number       integer NOT NULL,
    model        text    NOT NULL CHECK (char_length(model) BETWEEN 1 AND 100),
    -- Of length 1.
    vector       real[]  NOT NULL CHECK (array_ndims(vector) = 1 AND cardinality(vector) BETWEEN 1 AND 4096),
    -- A digit for each dimension, 1 where it is above zero.
    signature    bit varying(4096) NOT NULL CHECK (length(signature) = cardinality(vector)),
    PRIMARY KEY (workspace_id, document_id, number),
    FOREIGN KEY (workspace_id, document_id, number) REFERENCES agents.passages ON DELETE CASCADE
);
-- Numbers such as these cannot be compressed; the attempt would cost more than everything else.
ALTER TABLE agents.passage_vectors ALTER COLUMN vector SET STORAGE EXTERNAL;

ALTER TABLE agents.passage_vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.passage_vectors FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON agents.passage_vectors TO agents
    USING (workspace_id = ANY ((SELECT agents.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON agents.passage_vectors TO agents_jobs USING (true);

GRANT SELECT ON agents.passage_vectors TO agents;
GRANT SELECT, INSERT, UPDATE, DELETE ON agents.passage_vectors TO agents_jobs;
