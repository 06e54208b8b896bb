import BursarCore
import BursarEngine
import BursarStores
import Foundation
import TestSupport
import Testing

/// Stores as a user's program: the protocol, and what becomes of programs that do not keep it.
@Suite(.timeLimit(.minutes(5))) struct ExecSecretStoreTests {
    private let place: TemporaryDirectory
    private let id: WorkspaceID
    private let name: SecretName

    init() throws {
        place = try TemporaryDirectory()
        id = try #require(WorkspaceID("search"))
        name = try #require(SecretName("KEY"))
    }

    private func store(_ script: String, patience: Int64 = 30_000) throws -> ExecSecretStore {
        try place.write("#!/bin/sh\n\(script)\n", to: "store")
        #expect(chmod("\(place.path)/store", 0o755) == 0)
        return ExecSecretStore(
            command: ["./store", "word"], directory: place.path, time: SystemTimekeeper(),
            patience: patience)
    }

    private func put(_ store: ExecSecretStore) async -> String {
        do throws(SecretStoreError) {
            try await store.put(
                SecretWrite(
                    workspace: id, name: name, value: SecretValue("sk-canary-8831"),
                    description: "text [x]"))
            return "done"
        } catch {
            return "\(error.label): \(error)"
        }
    }

    private func list(_ store: ExecSecretStore) async -> String {
        do throws(SecretStoreError) {
            return try await store.secrets(of: id).map {
                "\($0.name)=\($0.description ?? "-")"
            }.joined(separator: " ")
        } catch {
            return "\(error.label): \(error)"
        }
    }

    @Test func `a store that forgets, mixes up or cuts is found out`() async throws {
        for (script, found) in [
            ("cat > /dev/null; echo '{\"secrets\": []}'", "listed []"),
            ("cat > /dev/null; echo '{\"secrets\": [{\"name\": \"A\"}]}'", "instead of []"),
            ("cat > /dev/null; exit 1", "ended with 1"),
        ] {
            let conformance = StoreConformance(try store(script), first: id, second: id)
            var problems: [String] = []
            for law in StoreConformance.laws {
                problems += [await conformance.check(law)].compactMap(\.self)
            }
            #expect(problems.contains { $0.contains(found) }, "\(problems)")
        }
    }

    @Test func `a request is one JSON object on standard input, and nowhere else`() async throws {
        let keeper = try store("cat > request; printf '%s|' \"$@\" > words; env > seen; echo '{}'")
        setenv("LITELLM_MASTER_KEY", "canary-of-ours", 1)
        defer { unsetenv("LITELLM_MASTER_KEY") }
        #expect(await put(keeper) == "done")
        #expect(
            place.text("request") == """
                {"description":"text [x]","name":"KEY","operation":"put","value":"sk-canary-8831",\
                "version":1,"workspace":"search"}

                """)
        #expect(place.text("words") == "word|")
        #expect(place.text("seen")?.contains("canary") == false)
        try await keeper.remove(name, of: id)
        #expect(
            place.text("request")
                == "{\"name\":\"KEY\",\"operation\":\"remove\",\"version\":1,\"workspace\":\"search\"}\n"
        )
    }

    @Test func `a listing is sorted, and what bursar cannot have put is left out`() async throws {
        let rows = """
            {"secrets": [{"name": "B", "description": "b"}, {"name": "lower"}, {"name": "A"}, \
            {"name": "C", "description": null, "more": 1}]}
            """
        #expect(
            await list(try store("cat > /dev/null; cat <<'X'\n\(rows)\nX")) == "A=- B=b C=-")
    }

    @Test func `what a program says of its failure is shown without the value`() async throws {
        func failing(_ json: String) async throws -> String {
            await put(try store("cat > /dev/null; echo '\(json)'; exit 4"))
        }
        #expect(
            try await failing(#"{"error": "no room for sk-canary-8831", "retry": true}"#)
                == "unreachable: ./store: `put`: no room for •••")
        #expect(try await failing(#"{"error": "no"}"#) == "refused: ./store: `put`: no")
        #expect(
            try await failing("gibberish sk-canary-8831").hasPrefix(
                "unreachable: `put`: ./store ended with 4"))
        #expect(try await !failing("gibberish sk-canary-8831").contains("canary"))
        let mute = try store("cat > /dev/null; echo sk-canary-8831 >&2; exit 1")
        #expect(await !put(mute).contains("canary"))
    }

    @Test func `an answer that is none is said to be none`() async throws {
        for answer in ["", "[]", "{", "null", "{} {}"] {
            let said = await put(try store("cat > /dev/null; echo '\(answer)'"))
            #expect(said.hasPrefix("malformed: "), "\(answer): \(said)")
        }
        #expect(await list(try store("cat > /dev/null; echo '{}'")).hasPrefix("malformed: "))
        let twice = #"{"secrets": [{"name": "A"}, {"name": "A"}]}"#
        #expect(
            await list(try store("cat > /dev/null; echo '\(twice)'")).contains("a name twice"))
    }

    @Test func `a program that is slow, huge, deaf or missing harms nobody`() async throws {
        #expect(
            await put(try store("sleep 300", patience: 1000)).hasPrefix("unreachable: `put`"))
        #expect(
            await list(try store("cat > /dev/null; head -c 9000000 /dev/zero"))
                .hasPrefix("malformed: "))
        #expect(await put(try store("exec <&-; exit 0")) != "done")
        let missing = ExecSecretStore(
            command: ["/no/such/store"], directory: place.path, time: SystemTimekeeper())
        #expect(await put(missing).hasPrefix("refused: "))
    }

    @Test func `why a program cannot be run is said`() async throws {
        func reason(_ program: String) async -> String {
            await list(
                ExecSecretStore(
                    command: [program], directory: place.path, time: SystemTimekeeper()))
        }
        #expect(
            await reason("./stores/none")
                == "refused: `list`: \(place.path)/stores/none is not there; a relative path counts "
                + "from the directory of bursar.yaml")
        try place.write("#!/bin/sh\n", to: "plain")
        #expect(
            await reason("./plain")
                == "refused: `list`: \(place.path)/plain is not executable: chmod +x")
        #expect(
            await reason("no-such-store").hasSuffix(
                "no-such-store is not on the PATH, or cannot be run"))
        try place.write("#!/no/such/shell\n", to: "odd")
        #expect(chmod("\(place.path)/odd", 0o755) == 0)
        #expect(
            await reason("./odd").hasSuffix(
                "/odd cannot be run; is the program of its first line there?"))
    }
}
