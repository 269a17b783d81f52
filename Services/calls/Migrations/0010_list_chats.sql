CREATE INDEX calls_newest_chats ON calls.calls (workspace_id, created_at, id)
    WHERE channel = 'chat' AND deleted_at IS NULL;
