-- The contenders' tables, one each, in a database of their own on the server that Switchboard uses as well. They hold what
-- POST /api/calls brings, with a primary key and one index.
CREATE TABLE call_fastapi (
    id               uuid             PRIMARY KEY,
    client_id        uuid             NOT NULL,
    caller_phone     text             NOT NULL,
    caller_name      text             NOT NULL,
    duration_seconds double precision NOT NULL,
    stt_latency_ms   integer          NOT NULL,
    llm_latency_ms   integer          NOT NULL,
    tts_latency_ms   integer          NOT NULL,
    transcript       text             NOT NULL,
    sentiment        text             NOT NULL,
    success          boolean          NOT NULL,
    recording_url    text,
    notes            text,
    created_at       timestamptz      NOT NULL DEFAULT now()
);
CREATE INDEX ON call_fastapi (client_id, created_at);
CREATE TABLE call_gin (LIKE call_fastapi INCLUDING ALL);
CREATE TABLE call_pgbench (LIKE call_fastapi INCLUDING ALL);
