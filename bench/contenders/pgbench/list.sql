-- The transaction in which `calls` reads a page of 50 calls (PostgresCallRepository.page): the settings of row-level
-- security, the page, and the total, in one round trip.
\startpipeline
SELECT set_config('app.workspaces', :workspaces, true), set_config('transaction_read_only', :read_only, true);
SELECT call.id, call.client_id, call.agent_id, call.campaign_id, call.channel, call.status, call.success,
    call.sentiment, call.duration_ms, call.stt_micros, call.llm_micros, call.tts_micros, call.cost_micros,
    call.end_category, call.is_simulated, call.created_at, client.name, client.phone_number, call.other_phone,
    call.other_name, call.transcript, call.recording_url,
    call.notes, call.end_code, call.ended_at, call.version,
    coalesce(detail.caller_id, ''), coalesce(detail.summary, ''),
    coalesce(detail.emotions, '{}'), coalesce(detail.key_phrases, '{}'), coalesce(detail.phrase_keys, '{}'),
    detail.error_message, detail.connected_at, coalesce(detail.is_success_stated, false),
    EXISTS (SELECT 1 FROM calls.recordings AS kept
        WHERE kept.workspace_id = call.workspace_id AND kept.call_id = call.id)
FROM (
    SELECT * FROM calls.calls AS call
    WHERE call.workspace_id = :workspace AND call.deleted_at IS NULL AND call.created_at >= :first
        AND call.created_at < :last AND (call.created_at, call.id) < (:last, :highest)
    ORDER BY call.created_at DESC, call.id DESC LIMIT :limit OFFSET :offset
) AS call
LEFT JOIN calls.client_copies AS client
    ON client.workspace_id = call.workspace_id AND client.id = call.client_id
LEFT JOIN calls.call_details AS detail ON detail.workspace_id = call.workspace_id AND detail.id = call.id
ORDER BY call.created_at DESC, call.id DESC;
SELECT coalesce(sum(calls), 0)::bigint FROM calls.call_counts
WHERE workspace_id = :workspace AND day BETWEEN :first_day AND :last_day
    AND (nullif(:client, 'none')::uuid IS NULL OR client_id = nullif(:client, 'none')::uuid);
\endpipeline
