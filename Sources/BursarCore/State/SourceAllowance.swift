/// `spec.providerSecrets` of the configuration: which sources manifests may name. Without any, none: a
/// manifest comes with a pull request, and what it names is read with bursar's rights.
package struct SourceAllowance: Hashable, Sendable {
    /// Each is a source with `{id}` and `{ID}` for the workspace's id, and `*` for any text without
    /// a slash.
    package var patterns: [ValueSource]

    /// Variables that the proxy's environment is said not to have. With them LiteLLM would call some
    /// workspaces' own models on the operator's credentials.
    package var proxyLacks: Set<String> = []

    package init(_ patterns: [ValueSource] = []) { self.patterns = patterns }

    package func allows(_ source: ValueSource, of workspace: WorkspaceID) -> Bool {
        if case .env(let name) = source, Self.isOwn(name) { return false }
        return patterns.contains { Self.allows($0, source, workspace) }
    }

    private static func allows(
        _ pattern: ValueSource, _ source: ValueSource, _ id: WorkspaceID
    ) -> Bool {
        switch (pattern, source) {
        case (.env(let pattern), .env(let name)): matches(pattern, name, id)
        case (.file(let pattern), .file(let path)), (.age(let pattern), .age(let path)):
            isPlain(path) && matches(pattern, path, id)
        case (.exec(let patterns), .exec(let words)):
            // A program is where it is, whatever a pull request puts into the repository.
            words.first?.hasPrefix("/") == true && patterns.count == words.count
                && patterns.first == words.first
                && zip(patterns, words).dropFirst().allSatisfy { pattern, word in
                    matches(pattern, word, id)
                        // A word of somebody's choice is no option.
                        && !(pattern.hasPrefix("*") && word.hasPrefix("-"))
                }
        default: false
        }
    }

    /// Credentials of bursar itself, whatever the patterns say.
    static func isOwn(_ variable: String) -> Bool {
        ["BURSAR_", "LITELLM_", "KEYCLOAK_", "CONTROL_PLANE_"].contains {
            variable.uppercased().hasPrefix($0)
        }
    }

    /// No step that leads elsewhere than it looks.
    private static func isPlain(_ path: String) -> Bool {
        let rest = path.hasPrefix("/") ? path.dropFirst() : path[...]
        return rest.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !["", ".", ".."].contains($0)
        }
    }

    private enum Token { case byte(UInt8), any }

    private static func matches(_ pattern: String, _ text: String, _ id: WorkspaceID) -> Bool {
        guard let tokens = tokens(pattern, id) else { return false }
        let bytes = Array(text.utf8)
        // The last star and how much it stands for: every earlier one has what it needs.
        var (at, token, star): (Int, Int, (token: Int, at: Int)?) = (0, 0, nil)
        while at < bytes.count {
            if token < tokens.count, case .byte(bytes[at]) = tokens[token] {
                (at, token) = (at + 1, token + 1)
            } else if token < tokens.count, case .any = tokens[token] {
                star = (token, at)
                token += 1
            } else if let last = star, bytes[last.at] != UInt8(ascii: "/") {
                star = (last.token, last.at + 1)
                (at, token) = (last.at + 1, last.token + 1)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { if case .any = $0 { true } else { false } }
    }

    /// `nil` where the id has no unmistakable upper case.
    private static func tokens(_ pattern: String, _ id: WorkspaceID) -> [Token]? {
        var tokens: [Token] = []
        var rest = pattern[...]
        while let first = rest.first {
            if rest.hasPrefix("{id}") {
                tokens += id.text.utf8.map { .byte($0) }
                rest = rest.dropFirst(4)
            } else if rest.hasPrefix("{ID}") {
                // `a.b` and `a_b` would be `A_B` like `a-b`, and one could name what is another's.
                guard !id.text.contains(where: { $0 == "." || $0 == "_" }) else { return nil }
                let upper = id.text.uppercased().replacing("-", with: "_")
                tokens += upper.utf8.map { .byte($0) }
                rest = rest.dropFirst(4)
            } else {
                tokens += first == "*" ? [.any] : String(first).utf8.map { .byte($0) }
                rest = rest.dropFirst()
            }
        }
        return tokens
    }
}

extension ValueSource: CustomStringConvertible {
    /// As plans name it; it tells where a value is, never the value.
    package var description: String {
        switch self {
        case .env(let name): "env \(name)"
        case .file(let path): "file \(path)"
        case .exec(let command): "exec \(command.joined(separator: " "))"
        case .age(let path): "age \(path)"
        }
    }
}
