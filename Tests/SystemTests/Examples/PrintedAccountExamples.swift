/// The requests and answers about accounts in the VoiceERA product's API documentation, as it prints them.
enum PrintedAccountExamples {
    static let register = """
        POST /auth/register
        Content-Type: application/json

        {
          "email": "user@example.com",
          "password": "SecurePass123!",
          "first_name": "John",
          "last_name": "Doe"
        }
        """
    static let registered = """
        {
          "id": "550e8400-e29b-41d4-a716-446655440000",
          "email": "user@example.com",
          "first_name": "John",
          "last_name": "Doe",
          "created_at": "2024-01-29T10:30:00Z"
        }
        """
    static let logIn = """
        POST /auth/login
        Content-Type: application/json

        {
          "email": "user@example.com",
          "password": "SecurePass123!"
        }
        """
    /// The document's user is no admin of anything; whoever registers is one of their own workspace.
    static let signedIn = """
        {
          "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
          "expires_in": 86400,
          "user": {
            "id": "550e8400-e29b-41d4-a716-446655440000",
            "email": "user@example.com",
            "role": "admin"
          }
        }
        """
    static let me = """
        GET /auth/me
        Authorization: Bearer <token>
        """
    static let meAnswer = """
        {
          "id": "550e8400-e29b-41d4-a716-446655440000",
          "email": "user@example.com",
          "first_name": "John",
          "last_name": "Doe",
          "role": "admin",
          "created_at": "2024-01-29T10:30:00Z"
        }
        """
    static let refresh = """
        POST /auth/refresh-token
        Authorization: Bearer <refresh_token>
        """
    static let refreshed = """
        {
          "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
          "expires_in": 86400
        }
        """
}
