internal import BursarCore
internal import BursarEngine

/// Reads what LiteLLM holds, page after page: several at once only lengthen its answers (measured).
struct Observation: Sendable {
    let client: LiteLLMClient

    func read(_ scope: ObservationScope) async throws(IssuerError) -> ObservedIssuer {
        let capabilities = try await Capabilities.read(client)
        let teams: [WireTeam]
        let keys: [ObservedKey]
        switch scope {
        case .everything:
            teams = try await self.teams()
            keys = try await self.keys(of: nil)
        case .workspaces(let ids):
            var someTeams: [WireTeam] = []
            var someKeys: [ObservedKey] = []
            for id in Set(ids).sorted() {
                if let team = try await team(id) { someTeams.append(team) }
                someKeys += try await self.keys(of: id)
            }
            (teams, keys) = (someTeams, someKeys)
        }
        let observed = teams.compactMap(\.observed)
        return ObservedIssuer(
            teams: observed, foreignTeamCount: teams.count - observed.count, keys: keys,
            models: capabilities.models, version: capabilities.version,
            licensed: capabilities.licensed)
    }

    /// `nil` where there is none.
    func team(_ id: WorkspaceID) async throws(IssuerError) -> WireTeam? {
        do {
            return try await client.send(LiteLLMAPI.team(id), WireTeamInfo.self).team_info
        } catch {
            if case .missing = error { return nil }
            throw error
        }
    }

    func key(_ hash: KeyHash) async throws(IssuerError) -> ObservedKey? {
        let page = try await client.send(LiteLLMAPI.keys(page: 1, hash: hash), WireKeyPage.self)
        return page.keys.compactMap(\.observed).first { $0.hash == hash }
    }

    /// By ascending hash; of every team where `team` is `nil`.
    func keys(of team: WorkspaceID?) async throws(IssuerError) -> [ObservedKey] {
        let rows = try await Paging(of: "keys").read { page throws(IssuerError) in
            let answer = try await client.send(
                LiteLLMAPI.keys(page: page, team: team), WireKeyPage.self)
            return Paging.Page(
                rows: answer.keys.map { ($0.token, $0) }, total: answer.total_count)
        }
        return rows.compactMap(\.observed).sorted { $0.hash < $1.hash }
    }

    private func teams() async throws(IssuerError) -> [WireTeam] {
        try await Paging(of: "teams").read { page throws(IssuerError) in
            let answer = try await client.send(LiteLLMAPI.teams(page: page), WireTeamPage.self)
            return Paging.Page(rows: answer.teams.map { ($0.team_id, $0) }, total: answer.total)
        }
    }
}

/// Puts pages together although rows come and go between them: LiteLLM pages by offset, so a row
/// that goes shifts another one over the edge of a page, unseen.
struct Paging<Row> {
    struct Page {
        /// With the id of each.
        let rows: [(id: String, row: Row)]
        let total: Int
    }

    static var readings: Int { 4 }
    private let name: String

    /// - Parameter name: of the rows, for messages.
    init(of name: String) { self.name = name }

    /// Reads until a whole reading saw one total and that many rows. Where none of a few did, the
    /// last one, with what those before it saw where it falls short of its total.
    /// - Throws: `.malformed` where even so rows are missing: planning on half would make anew what
    ///   exists.
    func read(
        _ page: (Int) async throws(IssuerError) -> Page
    ) async throws(IssuerError) -> [Row] {
        var previous: [String: Row] = [:]
        var total = 0
        for _ in 0..<Self.readings {
            let reading = try await readOnce(page)
            if reading.settled { return Array(reading.rows.values) }
            total = reading.total
            let union = previous.merging(reading.rows) { $1 }
            if reading.rows.count >= total { previous = reading.rows } else { previous = union }
        }
        guard previous.count >= total else {
            throw .malformed(
                "it counts \(total) \(name) and lists \(previous.count) of them, read"
                    + " \(Self.readings) times")
        }
        return Array(previous.values)
    }

    private func readOnce(
        _ page: (Int) async throws(IssuerError) -> Page
    ) async throws(IssuerError) -> (rows: [String: Row], total: Int, settled: Bool) {
        var rows: [String: Row] = [:]
        var number = 1
        var firstTotal: Int?
        var total = 0
        var moved = false
        repeat {
            let answer = try await page(number)
            total = answer.total
            if let firstTotal, firstTotal != total { moved = true }
            firstTotal = firstTotal ?? total
            for (id, row) in answer.rows { rows[id] = row }
            guard !answer.rows.isEmpty else { break }
            number += 1
        } while (number - 1) * LiteLLMAPI.pageSize < total
        return (rows, total, !moved && rows.count == total)
    }
}
