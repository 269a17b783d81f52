/// The requests and answers of the VoiceERA product's API documentation, as it prints them; where it prints a list with
/// `// ... more`, without that, and with the totals of what the test has made.
enum PrintedVoiceExamples {
    static let createAgent = """
        POST /agents
        Authorization: Bearer <token>
        Content-Type: application/json

        {
          "name": "Support Agent",
          "description": "Handles customer support",
          "llm_provider": "openai",
          "llm_model": "gpt-4",
          "stt_provider": "deepgram",
          "tts_provider": "cartesia",
          "system_prompt": "You are a helpful support agent. Help customers with their issues.",
          "language": "en",
          "voice_parameters": {
            "voice_id": "english_male",
            "speed": 1.0,
            "tone": "professional"
          }
        }
        """
    static let agentCreated = """
        {
          "id": "new-agent-uuid",
          "name": "Support Agent",
          "status": "active",
          "created_at": "2024-01-29T10:30:00Z"
        }
        """
    static let listAgents = """
        GET /agents?skip=0&limit=10&search=support&status=active
        Authorization: Bearer <token>
        """
    static let agentsAnswer = """
        {
          "total": 1,
          "skip": 0,
          "limit": 10,
          "items": [
            {
              "id": "agent-uuid",
              "name": "Support Agent",
              "description": "Handles customer support",
              "llm_provider": "openai",
              "llm_model": "gpt-4",
              "status": "active",
              "created_at": "2024-01-29T10:30:00Z"
            }
          ]
        }
        """
    static let getAgent = """
        GET /agents/<agent_id>
        Authorization: Bearer <token>
        """
    static let agentAnswer = """
        {
          "id": "agent-uuid",
          "user_id": "user-uuid",
          "name": "Support Agent",
          "description": "Handles customer support",
          "llm_provider": "openai",
          "llm_model": "gpt-4",
          "stt_provider": "deepgram",
          "tts_provider": "cartesia",
          "system_prompt": "You are a helpful support agent. Help customers with their issues.",
          "language": "en",
          "status": "active",
          "created_at": "2024-01-29T10:30:00Z"
        }
        """
    static let updateAgent = """
        PUT /agents/<agent_id>
        Authorization: Bearer <token>
        Content-Type: application/json

        {
          "name": "Updated Name",
          "system_prompt": "New system prompt here"
        }
        """
    static let agentUpdated = """
        {
          "id": "agent-uuid",
          "name": "Updated Name",
          "updated_at": "2024-01-29T10:35:00Z"
        }
        """
    static let createCampaign = """
        POST /campaigns
        Authorization: Bearer <token>
        Content-Type: application/json

        {
          "name": "Q2 Marketing Campaign",
          "agent_id": "<agent_id>",
          "phone_numbers": ["+1234567890", "+1234567891"],
          "start_time": "2024-04-01T00:00:00Z",
          "end_time": "2034-06-30T23:59:59Z",
          "max_concurrent_calls": 50
        }
        """
    static let campaignCreated = """
        {
          "id": "new-campaign-uuid",
          "status": "draft",
          "created_at": "2024-01-29T10:30:00Z"
        }
        """
    static let launchCampaign = """
        POST /campaigns/<campaign_id>/launch
        Authorization: Bearer <token>
        """
    static let campaignLaunched = """
        {
          "id": "campaign-uuid",
          "status": "active",
          "launched_at": "2024-01-29T10:35:00Z"
        }
        """
    static let pauseCampaign = """
        POST /campaigns/<campaign_id>/pause
        Authorization: Bearer <token>
        """
    static let campaignPaused = """
        {
          "id": "campaign-uuid",
          "status": "paused",
          "paused_at": "2024-01-29T10:36:00Z"
        }
        """
    static let callLog = """
        {
          "phone_number": "+1234567890",
          "status": "completed",
          "duration_seconds": 120,
          "transcript": "Full transcript here...",
          "summary": "Customer called about billing issue...",
          "sentiment": "positive",
          "emotions": ["satisfied", "relieved"],
          "key_phrases": ["billing", "resolution"],
          "cost": 0.50
        }
        """
    static let getCallLog = """
        GET /call-logs/<call_id>
        Authorization: Bearer <token>
        """
    static let listCallLogs = """
        GET /call-logs?status=completed&phone_number=%2B1234567890&start_date=2024-01-01&end_date=2034-01-31&skip=0&limit=50
        Authorization: Bearer <token>
        """
    static let callStatistics = """
        {
          "total_calls": 1,
          "completed_calls": 1,
          "failed_calls": 0,
          "average_duration": 120,
          "success_rate": 100.0,
          "cost_per_call": 0.5
        }
        """
    static let sentiment = """
        {
          "positive": 1,
          "neutral": 0,
          "negative": 0,
          "positive_percentage": 100.0,
          "neutral_percentage": 0.0,
          "negative_percentage": 0.0
        }
        """
    static let topPhrases = """
        [
          {
            "phrase": "billing",
            "count": 1,
            "frequency": 100.0
          },
          {
            "phrase": "resolution",
            "count": 1,
            "frequency": 100.0
          }
        ]
        """
}
