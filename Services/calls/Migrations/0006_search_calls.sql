-- What a full-text search looks in, kept from the log of calls a moment after the calls themselves, so that storing a call
-- costs no indexing. Each document holds its workspace as a word of its own, so that one index finds both together.
CREATE TABLE calls.call_search (
    workspace_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    document     tsvector    NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX call_search_words ON calls.call_search USING gin (document);
CREATE INDEX call_search_newest ON calls.call_search (workspace_id, created_at, id);

-- A text with more different words than a document may hold is cut short.
CREATE FUNCTION calls.search_document(
    workspace_id uuid, phone text, phone_key text, name text, summary text, phrases text[], transcript text
) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    head tsvector := array_to_tsvector(array_remove(
        ARRAY['w' || workspace_id::text, phone_key, ltrim(phone_key, '+'), lower(phone)], ''))
        || setweight(to_tsvector('simple', summary || ' ' || array_to_string(phrases, ' ')), 'A')
        || setweight(to_tsvector('simple', name), 'B');
BEGIN
    RETURN head || to_tsvector('simple', left(transcript, 150000));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN head || to_tsvector('simple', left(transcript, 10000));
END
$$;

ALTER TABLE calls.call_search ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls.call_search FORCE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON calls.call_search TO calls
    USING (workspace_id = ANY ((SELECT calls.current_workspaces())::uuid[]));
CREATE POLICY every_workspace ON calls.call_search TO calls_jobs USING (true);
GRANT SELECT ON calls.call_search TO calls;
GRANT SELECT, INSERT, UPDATE, DELETE ON calls.call_search TO calls_jobs;
