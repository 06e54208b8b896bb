import FoundationEssentials

@testable import BursarLiteLLM

/// When LiteLLM changed an answer. Releases between the two were not asked.
enum Change: Sendable {
    /// The field is in the database's schema from that release on.
    case by1_98
    /// Old on 1.96.0, new on 1.100.0.
    case by1_100
    /// Old on 1.100.0, new on 1.106.2.
    case by1_106

    fileprivate var bounds: (old: LiteLLMVersion, new: LiteLLMVersion) {
        func release(_ minor: Int, _ patch: Int = 0) -> LiteLLMVersion {
            LiteLLMVersion(major: 1, minor: minor, patch: patch)
        }
        return switch self {
        case .by1_98: (release(97), release(98))
        case .by1_100: (release(96), release(100))
        case .by1_106: (release(100), release(106, 2))
        }
    }
}

extension Proxy {
    /// The answers that are right for this proxy's release: of one that was not asked, either. The
    /// stand-in is as new as the pinned LiteLLM.
    func right<Answer>(_ new: Answer, _ change: Change, before old: Answer) -> [Answer] {
        guard let release else { return [new] }
        if release >= change.bounds.new { return [new] }
        return release <= change.bounds.old ? [old] : [new, old]
    }
}

extension Implementation {
    /// `nil` for the stand-in.
    var release: LiteLLMVersion? {
        guard self == .realLiteLLM else { return nil }
        return ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_VERSION"]
            .flatMap(LiteLLMVersion.init)
    }
}
