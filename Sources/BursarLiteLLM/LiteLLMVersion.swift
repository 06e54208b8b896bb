internal import BursarEngine

/// The release that a proxy says it is, such as `1.106.2`, `1.75.5.post2` or `1.90.0rc1`.
struct LiteLLMVersion: Comparable, Sendable {
    /// The first whose `llm_api` keys may read `/v1/model/info`, which verifying them needs; before
    /// 1.93.0 there is no `PATCH /team/{id}` either.
    static let oldest = LiteLLMVersion(major: 1, minor: 96, patch: 0)

    let major: Int
    let minor: Int
    let patch: Int

    init(major: Int, minor: Int, patch: Int) {
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// `nil` for what is no release number. What follows the third number does not count.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, let major = Int(parts[0]), let minor = Int(parts[1]),
            let patch = Int(parts[2].prefix { ("0"..."9").contains($0) })
        else { return nil }
        self.init(major: major, minor: minor, patch: patch)
    }

    static func < (one: LiteLLMVersion, other: LiteLLMVersion) -> Bool {
        (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
    }

    /// Before 1.101.0 `/v2/team/list` leaves `litellm_model_table` out. An unknown version is taken for a
    /// newer one.
    static func listsAliases(_ version: String?) -> Bool {
        guard let version = version.flatMap({ LiteLLMVersion($0) }) else { return true }
        return version >= LiteLLMVersion(major: 1, minor: 101, patch: 0)
    }

    /// An unknown version is let pass: a fork or a build of one's own may tell any.
    static func check(_ found: String?) throws(IssuerError) {
        guard let found, let version = LiteLLMVersion(found), version < oldest else { return }
        throw .tooOld(found: found, oldest: oldest.description)
    }
}

extension LiteLLMVersion: CustomStringConvertible {
    var description: String { "\(major).\(minor).\(patch)" }
}
