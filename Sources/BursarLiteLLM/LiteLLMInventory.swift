package import BursarCore
package import BursarEngine

extension LiteLLMIssuer: Inventory {
    package func everything() async throws(IssuerError) -> FoundState {
        // Refuses what is no LiteLLM, or one that is too old.
        _ = try await Capabilities.read(client)
        let teams = try await Paging<FoundTeam>(of: "teams", client).read {
            LiteLLMAPI.teams(page: $0)
        } decode: { (body, call) throws(IssuerError) in
            let answer = try LiteLLMClient.decode(body, of: call, WireTeamPage.self)
            let rows = try LiteLLMClient.decode(body, of: call, RawPage.self)
            return .init(
                rows: answer.teams.map { team in
                    let others = OtherFields.ofTeam(rows.row("team_id", team.team_id))
                    return (
                        team.team_id,
                        FoundTeam(id: team.team_id, team: team.observed, others: others)
                    )
                }, total: answer.total)
        }
        let keys = try await Paging<FoundKey?>(of: "keys", client).read {
            LiteLLMAPI.keys(page: $0)
        } decode: { (body, call) throws(IssuerError) in
            let answer = try LiteLLMClient.decode(body, of: call, WireKeyPage.self)
            let rows = try LiteLLMClient.decode(body, of: call, RawPage.self)
            return .init(
                rows: answer.keys.map { key in
                    let others = OtherFields.ofKey(rows.row("token", key.token))
                    return (key.token, key.observed.map { FoundKey(key: $0, others: others) })
                }, total: answer.total_count)
        }
        return FoundState(teams: teams, keys: keys.compactMap(\.self))
    }
}

/// A page as it is, for the names of what bursar does not read.
private struct RawPage: WireDecodable {
    private var rows: [String: [String: JSONValue]] = [:]

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        let page = try json.value()
        for row in (page["teams"] ?? page["keys"])?.array ?? [] {
            guard let row = row.object else { continue }
            for name in ["team_id", "token"] {
                if let id = row[name]?.string { rows["\(name) \(id)"] = row }
            }
        }
    }

    /// A key's row names its team, too, so both stand under their own name.
    func row(_ name: String, _ id: String) -> [String: JSONValue] { rows["\(name) \(id)"] ?? [:] }
}

/// Which fields of a row are set and are none of bursar's. Their values stay where they are: some
/// hold secrets.
enum OtherFields {
    static func ofTeam(_ row: [String: JSONValue]) -> [String] {
        var names = set(in: row, except: teamFields)
        // LiteLLM enters the one who made the team.
        if (row["members_with_roles"]?.array?.count ?? 0) > 1 { names.append("members") }
        if row["litellm_model_table"]?["model_aliases"]?.isSet == true {
            names.append("model_aliases")
        }
        return (names + metadata(row)).sorted()
    }

    static func ofKey(_ row: [String: JSONValue]) -> [String] {
        let names = set(in: row, except: keyFields).filter { name in
            !joined.contains { name.hasPrefix($0) }
        }
        return (names + metadata(row)).sorted()
    }

    private static func metadata(_ row: [String: JSONValue]) -> [String] {
        (row["metadata"]?.object ?? [:]).filter { $0.key != "bursar" && $0.value.isSet }
            .map { "metadata.\($0.key)" }
    }

    private static func set(in row: [String: JSONValue], except known: Set<String>) -> [String] {
        row.filter { !known.contains($0.key) && $0.value.isSet }.map(\.key)
    }

    private static let teamFields = words(
        """
        team_id team_alias metadata max_budget budget_duration soft_budget models rpm_limit tpm_limit blocked spend \
        total_spend model_spend created_at updated_at budget_reset_at model_id members members_with_roles admins \
        members_count keys_count litellm_model_table caller_edit_access team_member_budget_table last_refreshed_at
        """)

    /// The budget, the expiry and the user are spoken of by themselves.
    private static let keyFields = words(
        """
        token key_name key_alias team_id metadata models max_budget rpm_limit tpm_limit max_parallel_requests \
        expires user_id blocked spend total_spend model_spend created_at created_by updated_at updated_by \
        settings_updated_at last_active budget_reset_at budget_duration key_type last_refreshed_at created_by_user \
        litellm_budget_table last_rotation_at key_rotation_at
        """)

    /// What the list joins to a key from other tables.
    private static let joined = ["team_", "user_", "organization_", "project_", "end_user_"]

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(separator: " ").map(String.init))
    }
}

extension JSONValue {
    /// Not one of the ways in which LiteLLM says nothing.
    fileprivate var isSet: Bool {
        switch self {
        case .null, .bool(false): false
        case .bool(true): true
        case .number(let text): Money(decimal: text) != .zero
        case .string(let text): !text.isEmpty
        case .array(let items): items.contains(where: \.isSet)
        case .object(let members): members.values.contains(where: \.isSet)
        }
    }
}
