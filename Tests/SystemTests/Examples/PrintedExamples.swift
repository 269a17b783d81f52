/// The requests and answers of the receptionist product's API documentation, as it prints them.
enum PrintedExamples {
    static let register = """
        POST /api/auth/register
        Content-Type: application/json

        {
          "email": "user@example.com",
          "password": "password123",
          "name": "John Doe"
        }
        """
    static let logIn = """
        POST /api/auth/login
        Content-Type: application/json

        {
          "email": "user@example.com",
          "password": "password123"
        }
        """
    static let signedIn = """
        {
          "token": "eyJhbGciOiJIUzI1NiIs...",
          "user": {
            "id": "550e8400-e29b-41d4-a716-446655440000",
            "email": "user@example.com",
            "name": "John Doe"
          }
        }
        """
    static let me = """
        GET /api/auth/me
        Authorization: Bearer <token>
        """
    static let meAnswer = """
        {
          "user": {
            "id": "550e8400-e29b-41d4-a716-446655440000",
            "email": "user@example.com",
            "name": "John Doe",
            "created_at": "2025-12-26T10:30:00"
          }
        }
        """
    static let refresh = """
        POST /api/auth/refresh
        Authorization: Bearer <token>
        """
    static let listClients = """
        GET /api/clients
        Authorization: Bearer <token>
        """
    static let clientsAnswer = """
        {
          "clients": [
            {
              "id": "550e8400-e29b-41d4-a716-446655440001",
              "name": "Dr. Mike's Dental",
              "phone_number": "+1-555-0100",
              "profession": "dentist",
              "voice_name": "af_sarah",
              "created_at": "2025-12-26T10:30:00"
            }
          ]
        }
        """
    static let createClient = """
        POST /api/clients
        Authorization: Bearer <token>
        Content-Type: application/json

        {
          "name": "Dr. Mike's Dental",
          "phone_number": "+1-555-0100",
          "profession": "dentist",
          "voice_name": "af_sarah"
        }
        """
    static let clientAnswer = """
        {
          "client": {
            "id": "550e8400-e29b-41d4-a716-446655440001",
            "name": "Dr. Mike's Dental",
            "phone_number": "+1-555-0100",
            "profession": "dentist",
            "voice_name": "af_sarah",
            "created_at": "2025-12-26T10:30:00"
          }
        }
        """
    static let getClient = """
        GET /api/clients/<client_id>
        Authorization: Bearer <token>
        """
    static let updateClient = """
        PUT /api/clients/<client_id>
        Authorization: Bearer <token>
        Content-Type: application/json

        {
          "name": "Dr. Mike's Dental - Updated",
          "profession": "dentist",
          "voice_name": "af_sky"
        }
        """
    static let updatedAnswer = """
        {
          "client": {
            "id": "550e8400-e29b-41d4-a716-446655440001",
            "name": "Dr. Mike's Dental - Updated",
            "phone_number": "+1-555-0100",
            "profession": "dentist",
            "voice_name": "af_sky",
            "created_at": "2025-12-26T10:30:00"
          }
        }
        """
    static let deleteClient = """
        DELETE /api/clients/<client_id>
        Authorization: Bearer <token>
        """
    static let deletedAnswer = #"{"message": "Client deleted"}"#
}

/// The same for calls and statistics.
enum PrintedCallExamples {
    /// The document prints no credential here and asks for one in its text.
    static let logCall = """
        POST /api/calls
        Authorization: Bearer <token>
        Content-Type: application/json

        {
          "client_id": "<client_id>",
          "caller_phone": "+1-555-0200",
          "caller_name": "John Smith",
          "duration_seconds": 45.5,
          "stt_latency_ms": 150,
          "llm_latency_ms": 300,
          "tts_latency_ms": 200,
          "transcript": "Customer: Hello, I'd like to schedule an appointment...",
          "sentiment": "POSITIVE",
          "success": true,
          "recording_url": "https://storage.example.com/call-123.wav",
          "notes": "Customer interested in cleaning appointment"
        }
        """
    static let loggedAnswer = """
        {
          "call": {
            "id": "550e8400-e29b-41d4-a716-446655440002",
            "client_id": "550e8400-e29b-41d4-a716-446655440001",
            "created_at": "2025-12-26T10:30:00"
          }
        }
        """
    static let listCalls = """
        GET /api/calls?limit=50&offset=0&client_id=<client_id>&days=30
        Authorization: Bearer <token>
        """
    /// With the total of one call, where the document prints 150.
    static let callsAnswer = """
        {
          "total": 1,
          "limit": 50,
          "offset": 0,
          "calls": [
            {
              "id": "550e8400-e29b-41d4-a716-446655440002",
              "client_id": "550e8400-e29b-41d4-a716-446655440001",
              "caller_phone": "+1-555-0200",
              "caller_name": "John Smith",
              "duration_seconds": 45.5,
              "sentiment": "POSITIVE",
              "success": true,
              "created_at": "2025-12-26T10:30:00"
            }
          ]
        }
        """
    static let getCall = """
        GET /api/calls/<call_id>
        Authorization: Bearer <token>
        """
    static let callAnswer = """
        {
          "call": {
            "id": "550e8400-e29b-41d4-a716-446655440002",
            "client_id": "550e8400-e29b-41d4-a716-446655440001",
            "caller_phone": "+1-555-0200",
            "caller_name": "John Smith",
            "duration_seconds": 45.5,
            "stt_latency_ms": 150,
            "llm_latency_ms": 300,
            "tts_latency_ms": 200,
            "transcript": "Customer: Hello, I'd like to schedule an appointment...",
            "sentiment": "POSITIVE",
            "success": true,
            "recording_url": "https://storage.example.com/call-123.wav",
            "notes": "Customer interested in cleaning appointment",
            "created_at": "2025-12-26T10:30:00"
          }
        }
        """
    /// What the voice agent sends, which prints no recording and no notes.
    static let agentCall = """
        POST /api/calls
        X-API-Key: <key>
        Content-Type: application/json

        {
          "client_id": "<client_id>",
          "caller_phone": "...",
          "transcript": "...",
          "sentiment": "Neutral",
          "duration_seconds": 45.5,
          "stt_latency_ms": 150,
          "llm_latency_ms": 300,
          "tts_latency_ms": 200
        }
        """
    static let dashboard = """
        GET /api/analytics/dashboard
        Authorization: Bearer <token>
        """
    static let dashboardAnswer = """
        {
          "total_calls": 150,
          "total_duration": 3600.5,
          "success_rate": 95.3,
          "avg_sentiment": "POSITIVE",
          "total_clients": 5
        }
        """
    static let callsPerDay = """
        GET /api/analytics/calls-per-day?days=30
        Authorization: Bearer <token>
        """
    static let callsPerDayAnswer = """
        {
          "data": [
            {
              "date": "2025-12-26",
              "calls": 15
            },
            {
              "date": "2025-12-25",
              "calls": 12
            }
          ]
        }
        """
    static let sentiment = """
        GET /api/analytics/sentiment
        Authorization: Bearer <token>
        """
    static let sentimentAnswer = #"{"POSITIVE": 95, "NEGATIVE": 10, "NEUTRAL": 45}"#
    static let clientStats = """
        GET /api/analytics/client/<client_id>/stats
        Authorization: Bearer <token>
        """
    static let clientStatsAnswer = """
        {
          "client_id": "550e8400-e29b-41d4-a716-446655440001",
          "client_name": "Dr. Mike's Dental",
          "total_calls": 50,
          "total_duration": 1200.5,
          "success_rate": 96.0,
          "avg_stt_latency_ms": 145.2,
          "avg_llm_latency_ms": 295.8,
          "avg_tts_latency_ms": 198.5
        }
        """
}
