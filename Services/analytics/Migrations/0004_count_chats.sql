ALTER TABLE analytics.measures
    ADD COLUMN chats           bigint NOT NULL DEFAULT 0,
    ADD COLUMN ended_chats     bigint NOT NULL DEFAULT 0,
    ADD COLUMN responses       bigint NOT NULL DEFAULT 0,
    ADD COLUMN response_micros bigint NOT NULL DEFAULT 0;

-- Until now there were no chats. In how many calls any latency is known cannot be told from the counts of each; where a
-- call has one of them it mostly has all, so that the largest count is that of the calls.
UPDATE analytics.measures
SET responses = greatest(stt_count, llm_count, tts_count), response_micros = stt_micros + llm_micros + tts_micros;

ALTER TABLE analytics.measures
    ALTER COLUMN chats DROP DEFAULT, ALTER COLUMN ended_chats DROP DEFAULT, ALTER COLUMN responses DROP DEFAULT,
    ALTER COLUMN response_micros DROP DEFAULT;
