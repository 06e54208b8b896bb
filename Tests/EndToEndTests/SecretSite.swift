import Foundation
import TestSupport
import Testing

/// One workspace, the store of its secrets and the sources of its provider secrets, on the stand-in or the
/// real LiteLLM. Remembers all that was said, for what must not stand in it.
struct SecretSite: Sendable {
    let proxy: ProxySite
    /// In every provider's key of this test.
    let canary: String
    private let said = Record<String>()
    private let more: [String: String]

    /// - Parameters:
    ///   - environment: of every command, beside LiteLLM's; `TAG` in it is the site's.
    static func open(
        _ place: ProxySite.Place, environment: [String: String] = [:],
        _ body: @escaping @Sendable (SecretSite) async throws -> Void
    ) async throws {
        try await ProxySite.open(place) { proxy in
            let site = SecretSite(proxy: proxy, environment)
            try FileManager.default.createDirectory(
                atPath: site.directory, withIntermediateDirectories: false)
            try await body(site)
        }
    }

    private init(proxy: ProxySite, _ environment: [String: String]) {
        self.proxy = proxy
        canary = "canary-\(proxy.tag)"
        more = Dictionary(
            uniqueKeysWithValues: environment.map { name, value in
                (
                    name.replacing("TAG", with: proxy.tag.uppercased()),
                    value.replacing("TAG", with: proxy.tag)
                )
            })
    }

    var place: TemporaryDirectory { proxy.scratch }
    var directory: String { "\(place.path)/source" }
    var id: String { proxy.id("search") }

    /// - Parameters:
    ///   - store: `spec.secrets`.
    ///   - allow: of `spec.providerSecrets`.
    func configure(store: String, allow: [String] = []) throws {
        try place.write(
            """
            apiVersion: bursar/v1
            kind: Configuration
            metadata: {name: prod-\(proxy.tag)}
            spec:
              source: {id: 5f0e}
              litellm: {keyCacheTTL: 2s}
              secrets: \(store)
              providerSecrets: {allow: [\(allow.joined(separator: ", "))]}

            """, to: "source/bursar.yaml")
    }

    /// The workspace; its provider secrets by name.
    func declare(_ secrets: [(name: String, source: String)] = []) throws {
        let rows = secrets.map { "    - {name: \($0.name), valueFrom: {\($0.source)}}\n" }.joined()
        try place.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: \(id)}
            spec:
              budget: {limit: 5, period: 30d}
              models: [gf-chat-default]
            \(rows.isEmpty ? "" : "  providerSecrets:\n\(rows)")
            """, to: "source/search.yaml")
    }

    private func whole(_ environment: [String: String]) -> [String: String] {
        ["LITELLM_URL": proxy.url, "LITELLM_MASTER_KEY": proxy.key, "HOME": place.path]
            .merging(more) { $1 }.merging(environment) { $1 }
    }

    /// In the source's directory.
    func bursar(
        _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> BuiltBinary.Result {
        let result = try await BuiltBinary.run(
            arguments, environment: whole(environment), in: URL(filePath: directory))
        said.add(result.all)
        return result
    }

    /// The controller, until it is told to end.
    func control(
        environment: [String: String] = [:],
        _ body: (inout LongRun) async throws -> Void
    ) async throws {
        var run = try await LongRun(
            ["run", directory, "--log-format", "json", "--audit", "\(place.path)/audit"],
            environment: whole(environment))
        try await body(&run)
        #expect(await run.end() == 0)
        run.lines.forEach(said.add)
    }

    func apply(
        _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> BuiltBinary.Result {
        let plan = "\(place.path)/approved.plan"
        let planned = try await bursar("plan", "--out", plan, environment: environment)
        #expect(planned.status == 0, "\(planned.all)")
        said.add(place.text("approved.plan") ?? "")
        return try await bursar(
            "apply", plan, "--audit", "\(place.path)/audit", environment: environment)
    }

    func expectNothingToDo(environment: [String: String] = [:]) async throws {
        let plan = try await bursar("plan", "--detailed-exitcode", environment: environment)
        #expect(plan.status == 0, "\(plan.all)")
    }

    /// No output, plan, audit or file of those named holds a key of anybody's, nor does what the real
    /// LiteLLM logged hold a provider's.
    func expectSilence(_ files: String...) throws {
        let audit = try #require(place.text("audit"))
        for text in said.all + [audit] + files.map({ place.text($0) ?? "" }) {
            #expect(!text.contains("sk-") && !text.contains(canary), "\(text)")
            #expect(!text.contains(proxy.key))
        }
        if let log = RealLiteLLM.log, proxy.url == RealLiteLLM.url {
            let logged = try String(contentsOfFile: log, encoding: .utf8)
            #expect(!logged.contains(canary))
        }
    }

    /// A program at `path` below the scratch directory.
    func program(_ path: String, _ script: String) throws {
        try place.write("#!/bin/sh\n\(script)\n", to: path)
        chmod("\(place.path)/\(path)", 0o755)
    }

    /// An identity of age's in a file, and its recipient.
    func identity(_ name: String) async throws -> (file: String, recipient: String) {
        let file = "\(place.path)/\(name)"
        _ = try await age("age-keygen", "-o", file)
        return (file, try await age("age-keygen", "-y", file).trimmingCharacters(in: .newlines))
    }

    @discardableResult
    func age(_ program: String, _ arguments: String..., input: String? = nil) async throws -> String
    {
        let result = try await BuiltBinary.run(
            arguments, input: input, executable: "/usr/bin/\(program)")
        return result.status == 0 ? result.output : ""
    }
}
