internal import BursarCore
internal import BursarEngine

/// Reads what LiteLLM holds, page by page.
struct Observation: Sendable {
    let client: LiteLLMClient

    func read(_ scope: ObservationScope) async throws(IssuerError) -> ObservedIssuer {
        switch scope {
        case .everything:
            let version = try await Capabilities.supportedVersion(client)
            // Two at once, so that the proxy works while an answer is decoded.
            async let first = Result.of { () throws(IssuerError) in
                (
                    try await Capabilities.read(self.client, version: version),
                    try await self.teams()
                )
            }
            async let second = Result.of { () throws(IssuerError) in
                try await self.keys(of: nil)
            }
            let (capabilities, teams) = try await first.get()
            return ObservedIssuer(capabilities, teams, try await second.get())
        case .workspaces(let ids):
            let capabilities = try await Capabilities.read(client)
            var teams: [TeamRow] = []
            var keys: [ObservedKey] = []
            for id in Set(ids).sorted() {
                if let team = try await team(id) { teams.append(team.row) }
                keys += try await self.keys(of: id)
            }
            return ObservedIssuer(capabilities, teams, keys)
        }
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
        let rows = try await Paging<ObservedKey?>(of: "keys", client).read {
            LiteLLMAPI.keys(page: $0, team: team)
        } decode: { (body, call) throws(IssuerError) in
            let answer = try LiteLLMClient.decode(body, of: call, WireKeyPage.self)
            return .init(
                rows: answer.keys.map { ($0.token, $0.observed) }, total: answer.total_count)
        }
        return rows.compactMap(\.self).inOrder(by: \.hash)
    }

    private func teams() async throws(IssuerError) -> [TeamRow] {
        try await Paging<TeamRow>(of: "teams", client).read {
            LiteLLMAPI.teams(page: $0)
        } decode: { (body, call) throws(IssuerError) in
            let answer = try LiteLLMClient.decode(body, of: call, WireTeamPage.self)
            return .init(
                rows: answer.teams.map { ($0.team_id, $0.row) }, total: answer.total)
        }
    }
}

/// Puts pages together although rows come and go between them: LiteLLM pages by offset, so a row
/// that goes shifts another one over the edge of a page, unseen.
struct Paging<Row: Sendable> {
    struct Page: Sendable {
        /// With the id of each.
        let rows: [(id: String, row: Row)]
        let total: Int
    }

    typealias Decode = @Sendable ([UInt8], LiteLLMCall) throws(IssuerError) -> Page

    static var readings: Int { 4 }
    /// Pages asked for at once. Teams and keys are read beside each other, so it is four requests: a
    /// proxy of one worker answers more pages a second than one after the other, and at eight fewer
    /// (LiteLLM 1.106.2: 38 and 43 against 31).
    static var lanes: Int { 2 }
    private let name: String
    private let client: LiteLLMClient

    /// - Parameter name: of the rows, for messages.
    init(of name: String, _ client: LiteLLMClient) {
        self.name = name
        self.client = client
    }

    /// Reads until a whole reading saw one total and that many rows. Where none of a few did, the
    /// last one, with what those before it saw where it falls short of its total.
    /// - Throws: `.malformed` where even so rows are missing: planning on half would make anew what
    ///   exists.
    func read(
        _ call: (Int) -> LiteLLMCall, decode: @escaping Decode
    ) async throws(IssuerError) -> [Row] {
        var previous: [String: Row] = [:]
        var total = 0
        for _ in 0..<Self.readings {
            let reading = try await readOnce(call, decode)
            if reading.settled { return reading.rows.map(\.row) }
            total = reading.total
            let read = Dictionary(reading.rows.map { ($0.id, $0.row) }) { $1 }
            previous = read.count >= total ? read : previous.merging(read) { $1 }
        }
        guard previous.count >= total else {
            throw .malformed(
                "it counts \(total) \(name) and lists \(previous.count) of them, read"
                    + " \(Self.readings) times")
        }
        return Array(previous.values)
    }

    private func readOnce(
        _ call: (Int) -> LiteLLMCall, _ decode: @escaping Decode
    ) async throws(IssuerError) -> (rows: [(id: String, row: Row)], total: Int, settled: Bool) {
        var pages = try await self.pages(1...1, call, decode)
        while let last = pages.last, !last.rows.isEmpty,
            pages.count * LiteLLMAPI.pageSize < last.total
        {
            let count = (last.total + LiteLLMAPI.pageSize - 1) / LiteLLMAPI.pageSize
            pages += try await self.pages((pages.count + 1)...count, call, decode)
        }
        var rows: [(id: String, row: Row)] = []
        rows.reserveCapacity(pages.reduce(0) { $0 + $1.rows.count })
        for page in pages { rows += page.rows }
        let total = pages.last?.total ?? 0
        let moved = pages.contains { $0.total != total }
        let settled = !moved && rows.count == total && Set(rows.map(\.id)).count == total
        return (rows, total, settled)
    }

    /// A few requests at once, so that the proxy works while an answer is decoded.
    private func pages(
        _ numbers: ClosedRange<Int>, _ call: (Int) -> LiteLLMCall, _ decode: @escaping Decode
    ) async throws(IssuerError) -> [Page] {
        var waiting = numbers.map { (number: $0, call: call($0)) }[...]
        let result = await withTaskGroup(
            of: (Int, Result<Page, IssuerError>).self
        ) { group -> Result<[Page], IssuerError> in
            var pages: [Int: Page] = [:]
            for _ in 0..<Self.lanes {
                if let next = waiting.popFirst() {
                    group.addTask { (next.number, await page(next.call, decode)) }
                }
            }
            for await (number, page) in group {
                switch page {
                case .success(let page): pages[number] = page
                case .failure(let error):
                    group.cancelAll()
                    return .failure(error)
                }
                if let next = waiting.popFirst() {
                    group.addTask { (next.number, await self.page(next.call, decode)) }
                }
            }
            return .success(numbers.compactMap { pages[$0] })
        }
        return try result.get()
    }

    private func page(_ call: LiteLLMCall, _ decode: Decode) async -> Result<Page, IssuerError> {
        do throws(IssuerError) {
            return .success(try decode(try await client.send(call), call))
        } catch {
            return .failure(error)
        }
    }
}

extension ObservedIssuer {
    fileprivate init(
        _ capabilities: Capabilities, _ teams: [TeamRow], _ keys: [ObservedKey]
    ) {
        var observed: [ObservedTeam] = []
        var foreign: [ForeignTeam] = []
        observed.reserveCapacity(teams.count)
        for team in teams {
            switch team {
            case .observed(let team): observed.append(team)
            case .foreign(let team): foreign.append(team)
            }
        }
        let models = capabilities.models
        self.init(
            teams: observed, foreignTeams: foreign, keys: keys, models: models.names,
            modelGroups: models.groups, brought: models.brought, version: capabilities.version,
            licensed: capabilities.licensed,
            listsAliases: LiteLLMVersion.listsAliases(capabilities.version))
    }
}

extension Result where Failure == IssuerError {
    fileprivate static func of(
        _ body: () async throws(IssuerError) -> Success
    ) async -> Self {
        do throws(IssuerError) { return .success(try await body()) } catch {
            return .failure(error)
        }
    }
}
