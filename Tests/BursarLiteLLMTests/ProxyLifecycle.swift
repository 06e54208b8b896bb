import BursarCore
import BursarEngine
import BursarLiteLLM
import Testing

/// The life of a workspace through the adapter; the same for the stand-in and for the real proxy.
struct ProxyLifecycle {
    let issuer: LiteLLMIssuer
    /// Of this run alone.
    let name: String
    /// Whether keys tell when an admin last wrote them, as they do from 1.98.0 on. Without it bursar
    /// deletes a blocked key by the end of its overlap.
    var tellsSettingsUpdated = true

    func run() async throws {
        let id = try #require(WorkspaceID(name))
        var mark = TeamMark(
            owner: "lifecycle", generations: [:], pruneSince: Instant("2026-01-01T00:00:00Z"),
            applied: ["models": "1f", "budget": "2e"])
        let creation = TeamCreation(
            id: id, alias: name, cap: MicroUSD(micros: 500), period: .days(30),
            models: .only(["gf-chat-default"]), requestsPerMinute: 60, mark: mark)
        let createdAt = try await issuer.createTeam(creation)
        // What keys are derived with: the second call says the same.
        #expect(createdAt != nil)
        #expect(try await issuer.createTeam(creation) == createdAt)
        let made = try await team(id)
        #expect(made.mark == mark)
        #expect(made.cap == MicroUSD(micros: 500)?.money)
        #expect(made.models == .only(["gf-chat-default"]))

        mark.pruneSince = nil
        mark.applied = ["budget": "3d"]
        try await issuer.updateTeam(
            id, [.mark(mark), .cap(nil), .requestsPerMinute(nil), .alias(name + "-2")])
        let changed = try await team(id)
        #expect(changed.mark == mark)
        #expect(changed.cap == nil)
        #expect(changed.requestsPerMinute == nil)
        #expect(changed.period == "30d")
        #expect(changed.createdAt == made.createdAt)

        try await keyLife(id)
        try await issuer.updateTeam(id, [.blocked(true)])
        #expect(try await team(id).blocked)
        #expect(try await issuer.observe(.everything).teams.contains { $0.id == id })
        #expect(try await issuer.team(id)?.blocked == true)
        try await issuer.deleteTeam(id)
        try await issuer.deleteTeam(id)
        #expect(try await issuer.team(id) == nil)
    }

    private func keyLife(_ id: WorkspaceID) async throws {
        let secret = try #require(SecretName("LITELLM_API_KEY"))
        let lineage = Lineage(workspace: id, secret: secret)
        var mark = KeyMark(
            owner: "lifecycle", secret: secret, generation: .first,
            mintedAt: Instant(milliseconds: 1_795_000_000_123), applied: ["models": "1f"])
        let value = SecretValue("sk-\(name)-0123456789abcdef")
        let mint = Mint(
            value: value, lineage: lineage, generation: .first, parallelRequests: 3, mark: mark,
            spendLogs: ["workspace": name, "generation": "1"])
        _ = try await issuer.mint(mint)
        let answered = try await issuer.mint(mint)
        #expect(KeyHash(of: answered.value) == KeyHash(of: mint.value))
        let minted = try await onlyKey(id)
        #expect(minted.hash == KeyHash(of: value))
        #expect(minted.alias == lineage.alias(.first))
        #expect(minted.mark == mark)
        #expect(minted.models == .team)
        #expect(minted.parallelRequests == 3)
        #expect(minted.routes == ["llm_api_routes"])
        #expect(minted.spendLogs == mint.spendLogs)
        #expect(try await issuer.verify(value).contains("gf-chat-default"))

        mark.retiredAt = Instant(milliseconds: 1_795_000_001_000)
        mark.overlap = .hours(1)
        mark.overlapBy = .rule
        try await issuer.updateKey(
            minted, [.mark(mark), .expiresIn(.hours(1)), .alias(lineage.plainAlias)])
        let retired = try await onlyKey(id)
        #expect(retired.mark == mark)
        #expect(retired.alias == lineage.plainAlias)
        #expect(retired.expires != nil)
        #expect(retired.spendLogs == mint.spendLogs)

        try await issuer.updateKey(retired, [.expiresIn(nil), .blocked(true)])
        let blocked = try await onlyKey(id)
        #expect(blocked.blocked)
        #expect(blocked.expires == nil)
        #expect((blocked.settingsUpdatedAt != nil) == tellsSettingsUpdated)
        await #expect(throws: IssuerError.self) { _ = try await issuer.verify(value) }

        try await issuer.deleteKey(blocked.hash)
        try await issuer.deleteKey(blocked.hash)
        #expect(try await issuer.lineageKeys(of: id).isEmpty)
    }

    private func team(_ id: WorkspaceID) async throws -> ObservedTeam {
        try #require(try await issuer.observe(.workspaces([id])).teams.first)
    }

    private func onlyKey(_ id: WorkspaceID) async throws -> ObservedKey {
        let keys = try await issuer.lineageKeys(of: id)
        try #require(keys.count == 1)
        return try #require(keys.first)
    }
}
