internal import BursarCore

enum Permission: String, Hashable, Sendable, CaseIterable {
    case read, administer
}

/// What a token lets its bearer do, by workspace. Neither permission holds the other.
struct Permissions: Hashable, Sendable {
    private let granted: [String: Set<Permission>]
    private static let everywhere = "*"

    /// - Parameters:
    ///   - claims: of a verified token.
    ///   - path: members with points between; a member's own name may hold points too.
    init(claims: JSONValue, at path: String) {
        let claim = claims[path] ?? Self.member(of: claims, at: path)
        // Some providers can put nothing but text into a token.
        let text = claim?.string.flatMap { JSONValue(parsing: Array($0.utf8)) }
        granted = ((text ?? claim)?.object ?? [:]).mapValues { words in
            Set((words.array ?? []).compactMap { $0.string.flatMap(Permission.init) })
        }
    }

    private static func member(of claims: JSONValue, at path: String) -> JSONValue? {
        var value: JSONValue? = claims
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            value = value?[String(name)]
        }
        return value
    }

    func allow(_ permission: Permission, in workspace: WorkspaceID) -> Bool {
        allowEverywhere(permission) || granted[workspace.text]?.contains(permission) == true
    }

    func allowEverywhere(_ permission: Permission) -> Bool {
        granted[Self.everywhere]?.contains(permission) == true
    }
}
