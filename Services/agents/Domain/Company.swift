import Bus
import Contracts

/// The rules of a company's profile.
enum Company {
    /// The profile with its texts trimmed.
    /// - Throws: `.inputInvalid`.
    static func checked(_ profile: CompanyProfile) throws(Fault) -> CompanyProfile {
        let name = try GivenText.checked(profile.name, "company_name", longest: 200)
        guard !name.isEmpty else {
            throw Fault(.inputInvalid, "company_name must have 1 to 200 characters", field: "company_name")
        }
        return CompanyProfile(
            name: name, industry: try GivenText.checked(profile.industry, "industry", longest: 200),
            useCase: try GivenText.checked(profile.useCase, "use_case", longest: 200),
            description: try GivenText.checked(profile.description, "description", longest: 4000))
    }
}
