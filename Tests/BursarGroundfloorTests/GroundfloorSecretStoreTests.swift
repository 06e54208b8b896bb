import BursarCore
import BursarEngine
import BursarGroundfloor
import BursarStores
import Testing

struct GroundfloorSecretStoreTests {
    private let time = HandTime()
    private let id: WorkspaceID
    private let name: SecretName
    private static let listLine = "GET /v1/workspaces/search/secrets"
    private static let putLine = "PUT /v1/workspaces/search/secrets/LITELLM_API_KEY"
    private static let deleteLine = "DELETE /v1/workspaces/search/secrets/LITELLM_API_KEY"

    init() throws {
        id = try #require(WorkspaceID("search"))
        name = try #require(SecretName("LITELLM_API_KEY"))
    }

    private func store(
        _ plane: FakePlane, _ names: Set<SecretName> = []
    ) -> GroundfloorSecretStore {
        GroundfloorSecretStore(plane.controlPlane(time)) { _ in names }
    }

    private func outcome(
        _ body: () async throws(SecretStoreError) -> Void
    ) async -> String {
        do throws(SecretStoreError) {
            try await body()
            return "done"
        } catch {
            return "\(error.label): \(error)"
        }
    }

    private func put(_ store: GroundfloorSecretStore) async -> String {
        await outcome { () throws(SecretStoreError) in
            try await store.put(
                SecretWrite(
                    workspace: id, name: name, value: SecretValue("sk-canary-7310"),
                    description: "text"))
        }
    }

    private func listed(_ store: GroundfloorSecretStore) async throws -> [String] {
        try await store.secrets(of: id).map { "\($0.name)=\($0.description ?? "")" }
    }

    @Test(arguments: [true, false])
    func `It is a store, whether or not the Control Plane lists its secrets`(_ lists: Bool) async {
        let plane = FakePlane(.init(listsSecrets: lists))
        let conformance = StoreConformance(store(plane), first: id, second: id.other)
        for law in StoreConformance.laws {
            #expect(await conformance.check(law) == nil, "\(law.name)")
        }
    }

    @Test func `Without a list the names come from elsewhere, and one is asked for each`()
        async throws
    {
        let plane = FakePlane(.init(listsSecrets: false))
        #expect(await put(store(plane)) == "done")
        #expect(try await listed(store(plane)) == [])
        let other = try #require(SecretName("OTHER"))
        #expect(try await listed(store(plane, [name, other])) == ["LITELLM_API_KEY=text"])
        #expect(
            plane.log.suffix(3) == [
                Self.listLine, "GET /v1/workspaces/search/secrets/LITELLM_API_KEY",
                "GET /v1/workspaces/search/secrets/OTHER",
            ])
    }

    @Test(arguments: [404, 405, 501])
    func `There may be no such endpoint in several ways`(_ status: Int) async throws {
        let plane = FakePlane()
        #expect(await put(store(plane)) == "done")
        plane.fail(Self.listLine, .status(status))
        #expect(try await listed(store(plane, [name])) == ["LITELLM_API_KEY=text"])
    }

    @Test(arguments: [Self.putLine, Self.deleteLine])
    func `An answer that is lost after it was done is asked for again`(_ line: String) async throws
    {
        let plane = FakePlane()
        let store = store(plane)
        if line == Self.deleteLine { #expect(await put(store) == "done") }
        plane.fail(line, .lostAnswer, .status(502), .error(.timedOut(milliseconds: 30_000)))
        if line == Self.putLine {
            #expect(await put(store) == "done")
            #expect(try await listed(store) == ["LITELLM_API_KEY=text"])
        } else {
            try await store.remove(name, of: id)
            #expect(try await listed(store) == [])
        }
        #expect(plane.log.count { $0 == line } == 4)
    }

    /// What each answer comes to: the kind of error, what it says, and how often it was asked.
    private static let answers: [(FakePlane.Fault, String, Int)] = [
        (.status(400, #"{"message": "bad"}"#), "refused: The Control Plane rejected", 1),
        (
            .status(403, #"{"detail": "needs `administer`."}"#),
            "unauthorized: The Control Plane f", 1
        ),
        (.status(404, #"{"detail": "no workspace"}"#), "refused: The Control Plane has no such", 1),
        (.status(409, #"{"title": "taken"}"#), "refused: The Control Plane cannot do it", 1),
        (.status(413), "refused: The Control Plane rejected the request with status 413", 1),
        (.status(422), "refused: The Control Plane rejected the request with status 422", 1),
        (.status(302), "malformed: An answer cannot be read", 1),
        (.status(507), "no-space: The Control Plane rejected", 1),
        (.status(429, headers: ["retry-after": "7"]), "unreachable: The Control Plane limits", 5),
        (.status(500), "unreachable: The Control Plane answered 500", 5),
        (.status(502, #"{"detail": "no LiteLLM"}"#), "unreachable: The Control Plane answered", 5),
        (.status(503), "unreachable: The Control Plane answered 503", 5),
        (.error(.cannotConnect("refused")), "unreachable: The Control Plane cannot be", 5),
        (.error(.timedOut(milliseconds: 9)), "unreachable: The Control Plane gave no answer", 5),
        (.error(.interrupted("cut")), "unreachable: The connection to the Control Plane", 5),
        (.error(.untrusted("ca")), "unreachable: The Control Plane's certificate", 1),
        (.error(.tls("old")), "unreachable: The connection to the Control Plane cannot", 1),
        (.error(.invalidRequest("url")), "unreachable: The request cannot be sent", 1),
        (.error(.bodyTooLarge(limit: 1)), "unreachable: The Control Plane's answer is larger", 1),
        (.error(.cancelled), "cancelled", 1),
        (
            .status(401, #"{"detail": "sk-canary-7310"}"#), "unauthorized: The Control Plane takes",
            2
        ),
        (.status(200, "<html>"), "malformed: An answer cannot be read: PUT", 1),
    ]

    @Test(arguments: answers.indices)
    func `Each failure says what happened and what to do`(_ index: Int) async {
        let (fault, text, count) = Self.answers[index]
        let plane = FakePlane()
        for _ in 0..<5 { plane.fail(Self.putLine, fault) }
        let result = await put(store(plane))
        #expect(result.hasPrefix(text), "\(result)")
        #expect(!result.contains("canary"), "\(result)")
        #expect(plane.log.count { $0 == Self.putLine } == count)
        if case .status(429, _, _) = fault { #expect(time.waits == [7000, 7000, 7000, 7000]) }
    }

    @Test(arguments: [
        "<html>", "[]", #"{"secrets": {}}"#, #"{"secrets": [{"name": "A"}, {"name": "A"}]}"#,
    ])
    func `A list that is none is no empty one`(_ body: String) async {
        let plane = FakePlane()
        plane.fail(Self.listLine, .status(200, body))
        let result = await outcome { () throws(SecretStoreError) in
            _ = try await store(plane).secrets(of: id)
        }
        #expect(result.hasPrefix("malformed: "), "\(result)")
    }

    @Test func `What bursar could not have written is left out of a list`() async throws {
        let plane = FakePlane()
        plane.fail(
            Self.listLine,
            .status(
                200,
                #"{"secrets": [{"name": "b-c"}, {"description": "x"}, {"name": "B"}, {"name": "A"}]}"#
            ))
        #expect(try await listed(store(plane)) == ["A=", "B="])
    }

    @Test func `A fault of one secret is no missing one`() async throws {
        let plane = FakePlane(.init(listsSecrets: false))
        plane.fail("GET /v1/workspaces/search/secrets/LITELLM_API_KEY", .status(403))
        let result = await outcome { () throws(SecretStoreError) in
            _ = try await store(plane, [name]).secrets(of: id)
        }
        #expect(result.hasPrefix("unauthorized: "), "\(result)")
    }
}

extension WorkspaceID {
    fileprivate var other: WorkspaceID { WorkspaceID("\(text)-2") ?? self }
}
