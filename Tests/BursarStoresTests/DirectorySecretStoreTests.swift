import BursarCore
import BursarEngine
import BursarStores
import FoundationEssentials
import Glibc
import TestSupport
import Testing

struct DirectorySecretStoreTests {
    let directory: TemporaryDirectory
    let store: DirectorySecretStore

    init() throws {
        directory = try TemporaryDirectory()
        store = DirectorySecretStore(path: directory.path + "/secrets")
    }

    @Test(arguments: StoreConformance.laws.map(\.name))
    func `it keeps the laws of every store`(_ law: String) async throws {
        let (first, second) = (try #require(WorkspaceID("a")), try #require(WorkspaceID("b.c_d")))
        let conformance = StoreConformance(store, first: first, second: second)
        let found = try #require(StoreConformance.laws.first { $0.name == law })
        #expect(await conformance.check(found) == nil)
    }

    @Test func `the value file holds the value and nothing else`() async throws {
        try await store.put(try Sample.secret("KEY", "sk-1", "x"))
        #expect(directory.text("secrets/team-a/KEY") == "sk-1")
        let json = try #require(directory.text("secrets/team-a/KEY.json"))
        #expect(json.contains(#""description":"x""#))
        #expect(
            json.contains("0f2c10bf3d128c719c6bfa4ecbae94b7fceebaea6e4438fef38a90e5acc326f3"))
        #expect(!json.contains("next"))
        #expect(!json.contains("sk-1"))
    }

    @Test func `only the owner may read, unless the configuration says otherwise`() async throws {
        try await store.put(try Sample.secret("KEY", "a", "x"))
        #expect(directory.mode("secrets") == 0o700)
        #expect(directory.mode("secrets/team-a") == 0o700)
        #expect(directory.mode("secrets/team-a/KEY") == 0o600)
        #expect(directory.mode("secrets/team-a/KEY.json") == 0o600)

        let shared = DirectorySecretStore(path: directory.path + "/shared", mode: 0o640)
        try await shared.put(try Sample.secret("KEY", "a", "x"))
        #expect(directory.mode("shared/team-a") == 0o750)
        #expect(directory.mode("shared/team-a/KEY") == 0o640)
    }

    @Test func `group and mode that came later reach what is there`() async throws {
        try await store.put(try Sample.secret("KEY", "a", "x"))
        try await store.put(try Sample.secret("OLD", "b", "x"))
        let shared = DirectorySecretStore(path: directory.path + "/secrets", mode: 0o640)
        #expect(
            shared.differing().map { $0.dropFirst(directory.path.count) } == [
                "/secrets", "/secrets/team-a", "/secrets/team-a/KEY", "/secrets/team-a/KEY.json",
                "/secrets/team-a/OLD", "/secrets/team-a/OLD.json",
            ])
        try await shared.put(try Sample.secret("KEY", "c", "y"))
        #expect(directory.mode("secrets") == 0o750)
        #expect(directory.mode("secrets/team-a") == 0o750)
        #expect(directory.mode("secrets/team-a/KEY") == 0o640)
        #expect(directory.mode("secrets/team-a/OLD") == 0o600)
        #expect(shared.differing().count == 2)
        // Without a word of the configuration nothing that is there is touched.
        try await store.put(try Sample.secret("KEY", "d", "z"))
        #expect(directory.mode("secrets/team-a") == 0o750)
        #expect(store.differing() == [])
    }

    @Test(.enabled(if: getuid() == 0))
    func `another group reaches the directories that are there`() async throws {
        try await store.put(try Sample.secret("KEY", "a", "x"))
        let path = directory.path + "/secrets"
        let group = String(cString: try #require(getgrgid(1)).pointee.gr_name)
        let grouped = DirectorySecretStore(path: path, group: group, mode: 0o640)
        try await grouped.put(try Sample.secret("KEY", "b", "y"))
        for name in [path, path + "/team-a", path + "/team-a/KEY"] {
            var status = stat()
            #expect(stat(name, &status) == 0)
            #expect(status.st_gid == 1)
        }
        #expect(grouped.differing() == [])
    }

    @Test func `what is above the root is made, and lets others through`() async throws {
        let path = directory.path + "/var/lib/secrets"
        let deep = DirectorySecretStore(path: path)
        #expect(deep.problem() == nil)
        #expect(access(directory.path + "/var", F_OK) != 0)
        try await deep.put(try Sample.secret("KEY", "a", "x"))
        #expect(directory.mode("var/lib") == 0o755)
        #expect(directory.mode("var/lib/secrets") == 0o700)
    }

    @Test func `what would fail at the first put is known before`() throws {
        let path = directory.path
        func problem(_ path: String, group: String? = nil) -> String? {
            DirectorySecretStore(path: path, group: group).problem()
        }
        #expect(problem(path + "/a", group: "no-such-group") == "there is no group no-such-group")
        try directory.write("x", to: "file")
        #expect(
            problem(path + "/file/secrets")?.hasSuffix("/file/secrets: Not a directory") == true)
        #expect(problem(path + "/file")?.hasSuffix("/file is no directory") == true)
        #expect(symlink(path + "/nowhere", path + "/link") == 0)
        #expect(problem(path + "/link")?.contains("a link to what does not exist") == true)
    }

    @Test func `a workspace's directory goes only when it is empty`() async throws {
        let id = try #require(WorkspaceID("team-a"))
        let secret = try Sample.secret("KEY", "a", "x")
        try await store.put(secret)
        store.removeEmpty(id)
        #expect(try await Sample.listing(store) == ["KEY: x"])
        try await store.remove(secret.name, of: id)
        store.removeEmpty(id)
        #expect(access(directory.path + "/secrets/team-a", F_OK) != 0)
    }

    @Test func `a group that does not exist is refused before a value is written`() async throws {
        let grouped = DirectorySecretStore(path: directory.path + "/g", group: "no-such-group")
        let error = await failure { try await grouped.put(try Sample.secret("KEY", "a", "x")) }
        #expect(error?.label == "refused")
        #expect(directory.text("g/team-a/KEY") == nil)
    }

    @Test(arguments: DirectorySecretStore.Step.allCases)
    func `a crash at any step leaves a whole old or a whole new secret`(
        step: DirectorySecretStore.Step
    ) async throws {
        let crashing = crash(at: step)
        try await store.put(try Sample.secret("KEY", "one", "old"))
        _ = await failure { try await crashing.put(try Sample.secret("KEY", "two", "new")) }
        try await expectWhole(["one": "old", "two": "new"])
        // A second crash, at every step again, before anything was mended.
        for second in DirectorySecretStore.Step.allCases {
            let again = crash(at: second)
            _ = await failure { try await again.put(try Sample.secret("KEY", "three", "newest")) }
            try await expectWhole(["one": "old", "two": "new", "three": "newest"])
        }
        try await store.put(try Sample.secret("KEY", "four", "last"))
        #expect(try await Sample.listing(store) == ["KEY: last"])
    }

    @Test(arguments: DirectorySecretStore.Step.allCases)
    func `a crash of the first write leaves nothing or the whole secret`(
        step: DirectorySecretStore.Step
    ) async throws {
        let crashing = crash(at: step)
        _ = await failure { try await crashing.put(try Sample.secret("KEY", "one", "new")) }
        #expect(try await Sample.listing(store) == (step == .announced ? [] : ["KEY: new"]))
    }

    @Test(arguments: ["other value", ""])
    func `a value somebody else wrote has no description`(value: String) async throws {
        try await store.put(try Sample.secret("KEY", "one", "x"))
        try directory.write(value, to: "secrets/team-a/KEY")
        #expect(try await Sample.listing(store) == ["KEY: -"])
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"description": 1}"#])
    func `a description that does not parse is a missing one`(json: String) async throws {
        try await store.put(try Sample.secret("KEY", "one", "x"))
        try directory.write(json, to: "secrets/team-a/KEY.json")
        #expect(try await Sample.listing(store) == ["KEY: -"])
        try await store.put(try Sample.secret("KEY", "one", "y"))
        #expect(try await Sample.listing(store) == ["KEY: y"])
    }

    @Test func `leftovers of a crash are not listed and go with the next write`() async throws {
        try await store.put(try Sample.secret("KEY", "one", "x"))
        try directory.write("half", to: "secrets/team-a/.bursar-KEY")
        try directory.write("not ours", to: "secrets/team-a/readme.txt")
        #expect(try await Sample.listing(store) == ["KEY: x"])
        try await store.put(try Sample.secret("KEY", "two", "y"))
        #expect(directory.text("secrets/team-a/.bursar-KEY") == nil)
    }

    @Test func `a link in place of the workspace's directory is refused`() async throws {
        try await store.put(try Sample.secret("KEY", "one", "x"))
        #expect(symlink("team-a", directory.path + "/secrets/team-b") == 0)
        let other = try Sample.secret("KEY", "two", "y", in: "team-b")
        for error in [
            await failure { _ = try await store.secrets(of: other.workspace) },
            await failure { try await store.put(other) },
            await failure { try await store.remove(other.name, of: other.workspace) },
        ] {
            #expect(error?.label == "refused")
        }
        #expect(directory.text("secrets/team-a/KEY") == "one")
    }

    @Test(arguments: ["KEY", "KEY.json"])
    func `a link in place of a file is refused`(file: String) async throws {
        try await store.put(try Sample.secret("KEY", "one", "x"))
        try directory.write("precious", to: "target")
        let path = directory.path + "/secrets/team-a/" + file
        unlink(path)
        #expect(symlink(directory.path + "/target", path) == 0)
        let error = await failure { try await store.put(try Sample.secret("KEY", "two", "y")) }
        #expect(error?.label == "refused")
        #expect(directory.text("target") == "precious")
    }

    @Test func `writers at once leave one of their secrets whole`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let secret = try Sample.secret("KEY", "value-\(number)", "of \(number)")
                let store = store
                group.addTask { try await store.put(secret) }
            }
            try await group.waitForAll()
        }
        let value = try #require(directory.text("secrets/team-a/KEY"))
        #expect(try await Sample.listing(store) == ["KEY: of \(value.dropFirst(6))"])
    }

    @Test(.enabled(if: access("/dev/full", W_OK) == 0 && getuid() == 0))
    func `a full disk is told as such and the old secret stays whole`() async throws {
        let full = directory.path + "/full"
        try #require(mkdir(full, 0o700) == 0)
        guard mount("tmpfs", full, "tmpfs", 0, "size=64k") == 0 else { return }
        defer { umount2(full, Int32(MNT_DETACH)) }
        let small = DirectorySecretStore(path: full)
        try await small.put(try Sample.secret("KEY", "one", "old"))
        let large = String(repeating: "v", count: 200_000)
        let error = await failure { try await small.put(try Sample.secret("KEY", large, "new")) }
        #expect(error?.label == "no-space")
        #expect(try await Sample.listing(small) == ["KEY: old"])
        #expect(directory.text("full/team-a/KEY") == "one")
    }

    private func crash(at step: DirectorySecretStore.Step) -> DirectorySecretStore {
        DirectorySecretStore(path: directory.path + "/secrets") {
            (reached) throws(SecretStoreError) in
            if reached == step { throw .cancelled }
        }
    }

    private func expectWhole(_ descriptions: [String: String]) async throws {
        let value = try #require(directory.text("secrets/team-a/KEY"))
        let expected = try #require(descriptions[value])
        #expect(try await Sample.listing(store) == ["KEY: \(expected)"])
    }

    private func failure(_ body: () async throws -> Void) async -> SecretStoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? SecretStoreError
        }
    }
}
