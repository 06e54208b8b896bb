import BursarCore
import BursarSandbox
import Glibc
import TestSupport
import Testing

@testable import BursarGateway

/// What the gateway stands on is gone for a while.
struct OutageTests {
    private static let webhook = "/webhooks/litellm/\(GatewaySite.webhookToken)"
    private static let all = #"{"*": ["read", "administer"]}"#
    private static let search = "/v1/workspaces/search"

    /// The answer's status to each request, the permissions being those of everything.
    private static func statuses(_ site: GatewaySite) async throws -> [String: Int] {
        let requests = [
            ("mint", "POST", "\(search)/llm/virtual-key", ""),
            ("models", "GET", "\(search)/llm/models", ""),
            ("usage", "GET", "\(search)/llm/usage", ""),
            ("put", "PUT", "\(search)/secrets/KEY", #"{"value": "canary"}"#),
            ("secret", "GET", "\(search)/secrets/KEY", ""),
            ("secrets", "GET", "\(search)/secrets", ""),
            ("delete", "DELETE", "\(search)/secrets/KEY", ""),
            ("billing", "GET", "/v1/accounts/acme/billing/summary", ""),
            ("webhook", "POST", webhook, UsageTests.payload(site, "call-\(site.time.random())")),
            ("ready", "GET", "/readyz", ""), ("health", "GET", "/healthz", ""),
        ]
        var statuses: [String: Int] = [:]
        for (name, method, target, body) in requests {
            statuses[name] = try await site.call(
                method, target, permissions: target.hasPrefix("/v1") ? all : nil, body: body
            ).status
        }
        return statuses
    }

    @Test func `LiteLLM gone for a minute is felt by mints and models alone`() async throws {
        let site = try MintTests.site()
        let before = try await Self.statuses(site)
        #expect(before.filter { $0.value >= 300 }.isEmpty, "\(before)")
        site.sandbox.inject(FaultPlan([.init(.every, .reset)]))
        var gone = try await Self.statuses(site)
        site.time.advance(Span(seconds: 60))
        gone.merge(try await Self.statuses(site)) { max($0, $1) }
        #expect(gone.filter { $0.value >= 300 } == ["mint": 502, "models": 502])
        site.sandbox.inject(.none)
        #expect(try await Self.statuses(site) == before)
    }

    @Test(.enabled(if: getuid() == 0))
    func `A full disk answers 503, keeps what it acknowledged, and recovers`() async throws {
        let directory = try TemporaryDirectory()
        let small = "\(directory.path)/small"
        try #require(mkdir(small, 0o700) == 0)
        guard mount("tmpfs", small, "tmpfs", 0, "size=2m") == 0 else { return }
        defer { umount2(small, Int32(MNT_DETACH)) }
        let site = try GatewaySite(in: directory, database: "./small/gateway.sqlite")
        func deliver(_ batch: Int) async throws -> Int {
            let payloads = (0..<100).map { UsageTests.payload(site, "\(batch)-\($0)") }
            return try await site.call(
                "POST", Self.webhook, body: "[\(payloads.joined(separator: ","))]"
            ).status
        }
        func counted() async throws -> Int? {
            try await site.call("GET", "\(Self.search)/llm/usage", permissions: Self.all)
                .json?["totals"]?["completions"]?.int
        }
        try #require(try await deliver(0) == 200)
        // Something else fills it.
        let filler = open("\(small)/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let block = [UInt8](repeating: 1, count: 4096)
        while write(filler, block, block.count) > 0 {}
        close(filler)
        var acknowledged = 1
        // What the log of writes still has room for is kept.
        while acknowledged < 100, try await deliver(acknowledged) == 200 { acknowledged += 1 }
        try #require(acknowledged < 100)
        for _ in 0..<3 { #expect(try await deliver(acknowledged) == 503) }
        let put = try await site.call(
            "PUT", "\(Self.search)/secrets/KEY", permissions: Self.all,
            body: #"{"value": "\#(String(repeating: "v", count: 60_000))"}"#)
        #expect(put.status == 503)
        #expect(try await counted() == acknowledged * 100)
        unlink("\(small)/filler")
        #expect(try await deliver(acknowledged) == 200)
        #expect(try await counted() == (acknowledged + 1) * 100)
    }
}
