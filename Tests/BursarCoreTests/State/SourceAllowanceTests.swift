import BursarCore
import Testing

struct SourceAllowanceTests {
    private func allows(
        _ pattern: ValueSource, _ source: ValueSource, of id: String = "search"
    ) throws -> Bool {
        SourceAllowance([pattern]).allows(source, of: try #require(WorkspaceID(id)))
    }

    @Test func `nothing is allowed by default`() throws {
        let id = try #require(WorkspaceID("search"))
        for source in [ValueSource.env("A"), .file("/a"), .exec(["/a"]), .age("a")] {
            #expect(!SourceAllowance().allows(source, of: id))
        }
    }

    @Test func `the id stands for the workspace's own`() throws {
        #expect(try allows(.env("OPENAI_{ID}"), .env("OPENAI_SEARCH")))
        #expect(try allows(.env("OPENAI_{ID}"), .env("OPENAI_A_B"), of: "a-b"))
        #expect(try !allows(.env("OPENAI_{ID}"), .env("OPENAI_CODE")))
        #expect(try allows(.env("{id}_key"), .env("search_key")))
        #expect(try allows(.file("/run/{id}/key"), .file("/run/search/key")))
        #expect(try !allows(.file("/run/{id}/key"), .file("/run/code/key")))
    }

    @Test func `an id whose upper case is another's too has none`() throws {
        for id in ["a.b", "a_b"] {
            #expect(try !allows(.env("OPENAI_{ID}"), .env("OPENAI_A_B"), of: id))
        }
    }

    @Test func `a star is any text without a slash`() throws {
        #expect(try allows(.file("/run/*/a*z"), .file("/run/x/abcz")))
        #expect(try allows(.file("/run/*"), .file("/run/**")))
        #expect(try allows(.env("A*B*C"), .env("AxBBxC")))
        #expect(try !allows(.env("A*B*C"), .env("AxCxB")))
        #expect(try !allows(.file("/run/*"), .file("/run/x/y")))
        #expect(try !allows(.file("/run/*"), .file("/etc/passwd")))
    }

    @Test(arguments: ["/run/../etc/x", "/run/./x", "/run//x", "/run/x/..", "//run/x", "/run/"])
    func `a path that leads elsewhere than it looks is none`(_ path: String) throws {
        #expect(try !allows(.file(path), .file(path)))
        #expect(try !allows(.file("/run/*/*"), .file(path)))
        #expect(try !allows(.age(path), .age(path)))
    }

    @Test func `a program is that one, with as many words, and no option of somebody's choice`()
        throws
    {
        let pattern = ValueSource.exec(["/bin/fetch", "{id}", "*"])
        #expect(try allows(pattern, .exec(["/bin/fetch", "search", "openai"])))
        #expect(try !allows(pattern, .exec(["/bin/other", "search", "openai"])))
        #expect(try !allows(pattern, .exec(["/bin/fetch", "code", "openai"])))
        #expect(try !allows(pattern, .exec(["/bin/fetch", "search"])))
        #expect(try !allows(pattern, .exec(["/bin/fetch", "search", "a", "b"])))
        #expect(try !allows(pattern, .exec(["/bin/fetch", "search", "--all"])))
        #expect(try !allows(.exec(["./fetch"]), .exec(["./fetch"])))
        #expect(try !allows(.exec(["/bin/*"]), .exec(["/bin/fetch"])))
    }

    @Test(arguments: ["LITELLM_MASTER_KEY", "BURSAR_KEYRING", "keycloak_secret", "LITELLM_X"])
    func `what is bursar's own is never allowed`(_ name: String) throws {
        #expect(try !allows(.env("*"), .env(name)))
        #expect(try !allows(.env(name), .env(name)))
        #expect(try allows(.env("*"), .env("OPENAI_KEY")))
    }

    @Test func `one kind is not another`() throws {
        #expect(try !allows(.file("a"), .age("a")))
        #expect(try !allows(.env("a"), .file("a")))
    }
}
