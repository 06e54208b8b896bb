/// Who brought the lines that changes come from, as far as git tells.
package struct ChangeHistory: Hashable, Sendable {
    /// What brought a line last.
    package enum Origin: Hashable, Sendable, CustomStringConvertible {
        /// - Parameters:
        ///   - hash: abbreviated by git, so that it is unique in the repository.
        ///   - date: of the author, `2026-11-20`.
        case commit(hash: String, date: String)
        /// The line was edited, or its file is not in git.
        case uncommitted

        package var description: String {
            switch self {
            case .commit(let hash, let date): "\(hash) \(date)"
            case .uncommitted: "uncommitted"
            }
        }
    }

    /// By file and line.
    private var origins: [String: [Int: Origin]] = [:]

    package init() {}

    package subscript(place: SourceLocation) -> Origin? {
        get { origins[place.file]?[place.line] }
        set { origins[place.file, default: [:]][place.line] = newValue }
    }
}
