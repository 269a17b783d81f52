-- One durable insert. What differs between calls is bound or made by the server; the texts stand in the statement, which
-- is prepared once: the cheapest form that pgbench has.
\set stt random(100, 899)
\set llm random(100, 899)
\set tts random(100, 899)
INSERT INTO call_pgbench (
    id, client_id, caller_phone, caller_name, duration_seconds, stt_latency_ms, llm_latency_ms, tts_latency_ms,
    transcript, sentiment, success, recording_url, notes)
VALUES (
    gen_random_uuid(), '11111111-2222-4333-8444-555555555555', '+1-555-0200', 'John Smith', 45.5, :stt, :llm, :tts,
    'Agent: Thank you for calling, how may I help you today? Customer: Hello, I would like to schedule an appointment for a cleaning next week, preferably in the morning. Agent: Of course, Tuesday at nine is free, shall I put you down for that? Customer: Yes, that suits me very well, thank you. Agent: Done, goodbye.',
    'POSITIVE', true, 'https://storage.example.com/recordings/call-0123456.wav', 'Customer interested in a cleaning appointment');
