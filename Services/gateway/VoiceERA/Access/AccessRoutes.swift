import Bus
import Contracts
import GatewayHTTP

/// Accounts and sessions, beside signing in and out.
enum AccessRoutes {
    static let routes: [Route] =
        SignInRoutes.routes + [
            .post("auth/register", .created, needs: .nothing, "Make an account") { (body: RegisterBody, input) in
                body.ask(from: input.origin)
            } show: {
                RegisteredBody(person: $0)
            }.counted(.authentication),
            refreshing,
            .post("auth/forgot-password", needs: .nothing, "Have a mail sent with which a new password can be set") {
                (body: ForgotPasswordBody, input) in
                AskPasswordReset(email: body.email, origin: input.origin)
            } show: { _ in
                DoneBody(message: "If an account has this e-mail, a mail is on its way")
            }.counted(.authentication),
            .post("auth/reset-password", needs: .nothing, "Set a new password with the token of that mail") {
                (body: ResetPasswordBody, input) in
                ResetPassword(token: body.token, newPassword: body.newPassword, origin: input.origin)
            } show: { _ in
                DoneBody(message: "The password is changed")
            }.counted(.authentication),
        ]

    /// The refresh token stands in the body, or else behind `Bearer`.
    private static let refreshing: Route = {
        var route = Route(
            .post, "auth/refresh-token", needs: .nothing, status: .ok,
            summary: "New tokens for a refresh token, which is spent by it", answer: .json(RefreshedBody.schema)
        ) { input in
            let token = try RefreshTokenBody.token(of: input)
            return Answer(
                .ok,
                RefreshedBody(try await input.ask(RedeemRefreshToken(refreshToken: token, origin: input.origin))))
        }
        route.body = .json(RefreshTokenBody.schema)
        return route.counted(.authentication)
    }()
}
