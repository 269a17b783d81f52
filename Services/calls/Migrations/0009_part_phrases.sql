-- A word that nobody says stands between phrases, so that words of two are never next to one another.
CREATE OR REPLACE FUNCTION calls.search_document(
    workspace_id uuid, phone text, phone_key text, name text, summary text, phrases text[], transcript text
) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    head tsvector := array_to_tsvector(array_remove(
        ARRAY['w' || workspace_id::text, phone_key, ltrim(phone_key, '+'), lower(phone)], ''))
        || setweight(to_tsvector('simple',
            summary || ' 0phrase0 ' || array_to_string(phrases, ' 0phrase0 ') || ' 0phrase0'), 'A')
        || setweight(to_tsvector('simple', name), 'B');
BEGIN
    RETURN head || to_tsvector('simple', left(transcript, 150000));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN head || to_tsvector('simple', left(transcript, 10000));
END
$$;
