import Foundation
import TestSupport
import Testing

/// Provider secrets by the built binary.
@Suite(.timeLimit(.minutes(5))) struct `Provider secrets by the built binary` {
    private static let names = ["ENV_API_KEY", "FILE_API_KEY", "EXEC_API_KEY", "AGE_API_KEY"]

    /// A source of each kind, and a program that leaves a trace when it runs.
    private static func lay(_ site: SecretSite, allow: Bool = true) async throws {
        let place = site.place.path
        try site.program("fetch", "echo ran >> \(place)/trace\ncat \(place)/value")
        try site.place.write("sk-exec-\(site.canary)\n", to: "value")
        try site.place.write("sk-file-\(site.canary)\n", to: "key")
        try await encrypt("sk-age-\(site.canary)", site)
        let environment = "OTHER_SEARCH_\(site.proxy.tag.uppercased())"
        try site.configure(
            store: "{directory: {path: \(place)/store}}",
            allow: [
                "{env: \"OTHER_{ID}\"}", "{file: \"\(place)/key\"}",
                "{exec: [\(place)/\(allow ? "fetch" : "another")]}", "{age: \"{id}.age\"}",
            ])
        let sources = [
            "env: \(environment)", "file: \(place)/key", "exec: [\(place)/fetch]",
            "age: \(site.id).age",
        ]
        try site.declare(Array(zip(names, sources)))
    }

    private static func encrypt(_ value: String, _ site: SecretSite) async throws {
        if site.place.text("identity") == nil { _ = try await site.identity("identity") }
        let recipient = try await site.age("age-keygen", "-y", "\(site.place.path)/identity")
        try await site.age(
            "age", "-r", recipient.trimmingCharacters(in: .newlines), "-o",
            "\(site.directory)/\(site.id).age", input: value + "\n")
    }

    private static func open(
        _ place: ProxySite.Place, _ body: @escaping @Sendable (SecretSite) async throws -> Void
    ) async throws {
        try await SecretSite.open(
            place, environment: ["OTHER_SEARCH_TAG": "sk-env-canary-TAG"], body)
    }

    private static func stored(_ site: SecretSite) -> [String?] {
        names.map { site.place.text("store/\(site.id)/\($0)") }
    }

    @Test(arguments: ProxySite.Place.available)
    func `apply puts them from everywhere, plan reads none, and a new value needs no approval`(
        _ place: ProxySite.Place
    ) async throws {
        try await Self.open(place) { site in
            try await Self.lay(site)
            let identity = ["BURSAR_AGE_IDENTITY_FILE": "\(site.place.path)/identity"]
            let plan = try await site.bursar("plan")
            #expect(plan.status == 0, "\(plan.all)")
            #expect(plan.output.contains("put 4 provider secrets"), "\(plan.all)")
            #expect(site.place.text("trace") == nil, "plan ran the program")
            let applied = try await site.apply(environment: identity)
            #expect(applied.status == 0, "\(applied.all)")
            let kinds = ["env", "file", "exec", "age"]
            #expect(Self.stored(site) == kinds.map { "sk-\($0)-\(site.canary)" })
            let key = try #require(site.place.text("store/\(site.id)/LITELLM_API_KEY"))
            #expect(try await site.proxy.chat(key) == 200)
            try await site.expectNothingToDo()

            try site.place.write("sk-new-exec-\(site.canary)", to: "value")
            try site.place.write("sk-new-file-\(site.canary)", to: "key")
            try await Self.encrypt("sk-new-age-\(site.canary)", site)
            var changed = identity
            changed["OTHER_SEARCH_\(site.proxy.tag.uppercased())"] = "sk-new-env-\(site.canary)"
            try await site.expectNothingToDo(environment: changed)
            let compared = try await site.bursar(
                "plan", "--compare-secret-values", "--detailed-exitcode", environment: changed)
            #expect(compared.status == 2, "\(compared.all)")
            #expect(compared.output.contains("its source has another value"))
            let next = try await site.apply(environment: changed)
            #expect(next.status == 0, "\(next.all)")
            #expect(Self.stored(site) == kinds.map { "sk-new-\($0)-\(site.canary)" })
            #expect(site.place.text("store/\(site.id)/LITELLM_API_KEY") == key)
            let again = try await site.bursar("apply", "--yes", environment: changed)
            #expect(again.status == 0, "\(again.all)")
            #expect(!again.all.contains("put "), "\(again.all)")
            #expect(site.place.text("audit")?.contains("put-secret") == true)

            try site.declare([])
            let much = try await site.bursar("apply", "--yes", environment: changed)
            #expect(much.status == 3, "\(much.all)")
            let gone = try await site.bursar(
                "apply", "--yes", "--allow", "removals=4", environment: changed)
            #expect(gone.status == 0, "\(gone.all)")
            #expect(Self.stored(site) == [nil, nil, nil, nil])
            #expect(try await site.proxy.chat(key) == 200)
            try site.expectSilence(
                "store/\(site.id)/LITELLM_API_KEY.json", "source/\(site.id).age")
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `the controller puts a new value by itself, and no line of its log holds one`(
        _ place: ProxySite.Place
    ) async throws {
        try await Self.open(place) { site in
            try await Self.lay(site)
            let identity = ["BURSAR_AGE_IDENTITY_FILE": "\(site.place.path)/identity"]
            try await site.control(environment: identity) { run in
                try await run.wait(for: "reconciled: ")
                let kinds = ["env", "file", "exec", "age"]
                #expect(Self.stored(site) == kinds.map { "sk-\($0)-\(site.canary)" })
                try site.place.write("sk-new-exec-\(site.canary)", to: "value")
                run.send(SIGHUP)
                try await run.wait(for: "reconciled: 1 operation in 1 workspace")
                #expect(Self.stored(site)[2] == "sk-new-exec-\(site.canary)")
                try site.program("fetch", "echo sk-\(site.canary) >&2; exit 1")
                run.send(SIGHUP)
                try await run.wait(for: "provider secret EXEC_API_KEY is not compared")
            }
            try site.expectSilence()
        }
    }

    @Test func `their descriptions hold no value, and one that is gone is put again`() async throws
    {
        try await Self.open(.sandbox) { site in
            try await Self.lay(site)
            let identity = ["BURSAR_AGE_IDENTITY_FILE": "\(site.place.path)/identity"]
            #expect(try await site.apply(environment: identity).status == 0)
            try site.place.remove("store/\(site.id)/FILE_API_KEY")
            let applied = try await site.apply(environment: identity)
            #expect(applied.output.contains("put 1 provider secret"), "\(applied.all)")
            #expect(Self.stored(site)[1] == "sk-file-\(site.canary)")
            for name in Self.names { try site.expectSilence("store/\(site.id)/\(name).json") }
        }
    }

    @Test func `what the configuration does not allow is an error at its place, and not read`()
        async throws
    {
        try await Self.open(.sandbox) { site in
            try await Self.lay(site, allow: false)
            for result in [
                try await site.bursar("plan", "--compare-secret-values"),
                try await site.bursar("apply", "--yes"), try await site.bursar("validate"),
            ] {
                #expect(result.status == 1, "\(result.all)")
                #expect(result.all.contains("source-not-allowed"), "\(result.all)")
                #expect(result.all.contains("search.yaml:10:"), "\(result.all)")
            }
            #expect(site.place.text("trace") == nil)
            #expect(Self.stored(site) == [nil, nil, nil, nil])
        }
    }
}
