-- What a voice server needs to run an agent.
ALTER TABLE agents.agents
    ADD COLUMN llm_provider   text NOT NULL DEFAULT '' CHECK (char_length(llm_provider) <= 100),
    ADD COLUMN llm_model      text NOT NULL DEFAULT '' CHECK (char_length(llm_model) <= 100),
    ADD COLUMN stt_provider   text NOT NULL DEFAULT '' CHECK (char_length(stt_provider) <= 100),
    ADD COLUMN tts_provider   text NOT NULL DEFAULT '' CHECK (char_length(tts_provider) <= 100),
    ADD COLUMN system_prompt  text NOT NULL DEFAULT '' CHECK (char_length(system_prompt) <= 32000),
    ADD COLUMN language       text NOT NULL DEFAULT 'en' CHECK (char_length(language) BETWEEN 1 AND 35),
    ADD COLUMN voice_id       text CHECK (char_length(voice_id) <= 100),
    ADD COLUMN speed_permille integer CHECK (speed_permille BETWEEN 250 AND 4000),
    ADD COLUMN tone           text CHECK (char_length(tone) <= 100),
    ADD COLUMN created_by     uuid;
CREATE INDEX agents_newest_first ON agents.agents (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
