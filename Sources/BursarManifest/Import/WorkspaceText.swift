internal import BursarCore

/// A workspace as the text of its manifest, with every field written.
enum WorkspaceText {
    static func of(
        _ workspace: DesiredWorkspace, notes: [String] = [],
        keyNotes: [SecretName: [String]] = [:]
    ) -> String {
        var lines = ["---"]
        lines += notes.map { "# \($0)." }
        lines += [
            "apiVersion: \(Schema.version)", "kind: Workspace", "metadata:",
            "  name: \(YAMLText.plainOrQuoted(workspace.name))", "spec:",
            "  id: \(id(workspace.id))",
            "  budget: \(budget(workspace))",
        ]
        switch workspace.models {
        case .all: lines.append("  models: all")
        case .only(let names): lines += list("  models:", names, indent: "    ")
        }
        if let limits = limits(workspace.limits) { lines.append("  limits: \(limits)") }
        if workspace.keys.isEmpty {
            lines.append("  keys: []")
        } else {
            lines.append("  keys:")
            for key in workspace.keys {
                lines += (keyNotes[key.secret] ?? []).map { "    # \($0)." }
                lines.append("    - secret: \(key.secret)")
                if let models = key.models {
                    lines += list("      models:", models, indent: "        ")
                }
                if let limits = limits(key.limits) { lines.append("      limits: \(limits)") }
            }
        }
        if workspace.suspended { lines.append("  suspended: true") }
        if let adoption = workspace.adoption {
            lines.append("  adopt: \(AdoptionText.of(adoption, secrets: workspace.keys.count))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func id(_ id: WorkspaceID) -> String { YAMLText.plainOrQuoted(id.text) }

    private static func budget(_ workspace: DesiredWorkspace) -> String {
        guard case .capped(let limit, let period) = workspace.budget else { return "unlimited" }
        var parts = ["limit: \(limit)"]
        if let period { parts.append("period: \(period)") }
        if case .value(let percent) = workspace.warnAtPercent {
            parts.append("warnAt: \(percent)%")
        }
        return "{\(parts.joined(separator: ", "))}"
    }

    private static func list(_ head: String, _ names: Set<String>, indent: String) -> [String] {
        names.isEmpty
            ? [head + " []"]
            : [head] + names.sorted().map { "\(indent)- \(YAMLText.plainOrQuoted($0))" }
    }

    /// `nil` where none is said.
    private static func limits(_ limits: Limits) -> String? {
        let parts = [
            ("requestsPerMinute", limits.requestsPerMinute),
            ("tokensPerMinute", limits.tokensPerMinute),
            ("parallelRequests", limits.parallelRequests),
        ].compactMap { name, value in
            if case .value(let number) = value { "\(name): \(number)" } else { nil }
        }
        return parts.isEmpty ? nil : "{\(parts.joined(separator: ", "))}"
    }
}

/// An adoption in flow style.
enum AdoptionText {
    /// - Parameter secrets: how many the workspace has; of one, the short form.
    static func of(_ adoption: Adoption, secrets: Int) -> String {
        var parts: [String] = []
        if adoption.team { parts.append("team: true") }
        let keys = adoption.keys.sorted { $0.key < $1.key }.map {
            ($0.key, YAMLText.plainOrQuoted($0.value.description))
        }
        if let only = keys.first, secrets == 1 {
            parts.append("key: \(only.1)")
        } else if !keys.isEmpty {
            parts.append("keys: {\(keys.map { "\($0.0): \($0.1)" }.joined(separator: ", "))}")
        }
        if let from = adoption.from { parts.append("from: \(YAMLText.plainOrQuoted(from))") }
        return "{\(parts.joined(separator: ", "))}"
    }
}
