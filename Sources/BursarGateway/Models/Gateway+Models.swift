internal import BursarCore
internal import BursarEngine

extension Gateway {
    func listModels(of workspace: WorkspaceID) async throws(Problem) -> GatewayResponse {
        let team: ObservedTeam?
        let rows: [ProxyModel]
        do throws(IssuerError) {
            team = try await liteLLM.team(workspace)
            rows = team == nil ? [] : try await liteLLM.models()
        } catch { throw .upstream(error) }
        guard let team else { throw .notFound("LiteLLM has no team \(workspace)") }
        let models = OfferedModel.all(of: workspace, access: team.models, rows: rows)
        return .json(.object([("models", .array(models.map(\.json)))]))
    }
}

/// A model that a workspace may call.
struct OfferedModel: Hashable, Sendable {
    enum Origin: String, Sendable {
        /// Of the platform's catalog.
        case groundfloor
        /// Opened by a provider key of the workspace's own.
        case byo
    }

    let id: String
    let role: String?
    let upstream: String?
    let origin: Origin

    private static let catalog = [
        ("gf-chat-default", "chat", "openai/gpt-4o-mini"),
        ("gf-chat-pro", "chat", "anthropic/claude-sonnet-4-5"),
        ("gf-code-default", "code", "anthropic/claude-sonnet-4-5"),
        ("gf-embed-default", "embedding", "openai/text-embedding-3-small"),
        ("gf-vision-default", "vision", "openai/gpt-4o"),
    ].map { OfferedModel(id: $0.0, role: $0.1, upstream: $0.2, origin: .groundfloor) }

    /// The catalog in its order, then the workspace's own by name; of both only what the proxy has
    /// and the team may call.
    static func all(
        of workspace: WorkspaceID, access: ModelAccess, rows: [ProxyModel]
    ) -> [OfferedModel] {
        let open = rows.filter { access.opens($0) }
        let shared = catalog.filter { model in open.contains { $0.name == model.id } }
        // No workspace's id holds `--`, so the prefix is one workspace's alone.
        let prefix = "\(workspace)--"
        var own: [String: OfferedModel] = [:]
        for row in open where row.name.hasPrefix(prefix) && row.name.count > prefix.count {
            let id = String(row.name.dropFirst(prefix.count))
            own[id] = OfferedModel(id: id, role: row.mode, upstream: row.upstream, origin: .byo)
        }
        return shared + own.values.sorted { $0.id < $1.id }
    }

    var json: JSONText {
        .object([
            ("id", .string(id)), ("role", role.map { .string($0) } ?? .null),
            ("upstream", upstream.map { .string($0) } ?? .null),
            ("origin", .string(origin.rawValue)),
        ])
    }
}

extension ModelAccess {
    /// A team's list holds names, names of access groups, and patterns with one `*` at the end.
    fileprivate func opens(_ model: ProxyModel) -> Bool {
        guard case .only(let entries) = self else { return true }
        return entries.contains { entry in
            entry == model.name || model.accessGroups.contains(entry)
                || entry.hasSuffix("*") && model.name.hasPrefix(entry.dropLast())
        }
    }
}
