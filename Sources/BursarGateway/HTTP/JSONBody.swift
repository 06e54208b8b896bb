internal import BursarCore

/// A body that is a JSON object, its members read one by one.
struct JSONBody {
    private let members: [String: JSONValue]

    /// - Parameter allowed: another member is an error: it would be dropped, and missed later.
    init(_ bytes: [UInt8], allowed: Set<String>) throws(Problem) {
        guard let members = JSONValue(parsing: bytes)?.object else {
            throw .invalidBody("it is no JSON object")
        }
        guard Set(members.keys).isSubset(of: allowed) else {
            let list = allowed.sorted().map { "`\($0)`" }.joined(separator: ", ")
            throw .invalidBody("it has a member that is none of \(list)")
        }
        self.members = members
    }

    /// - Parameter limit: in bytes.
    /// - Returns: `nil` where it is absent or null.
    func text(_ name: String, upTo limit: Int) throws(Problem) -> String? {
        guard let value = members[name], value != .null else { return nil }
        guard let text = value.string else { throw .invalidBody("`\(name)` is no text") }
        guard text.utf8.count <= limit else {
            throw .invalidBody("`\(name)` has more than \(limit) bytes")
        }
        return text
    }
}
