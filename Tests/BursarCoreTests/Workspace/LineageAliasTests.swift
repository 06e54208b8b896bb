import Testing

@testable import BursarCore

struct LineageAliasTests {
    @Test(arguments: 1...100) func `An alias of ours is read back`(number: Int) throws {
        let workspace = try #require(WorkspaceID("w\(number).a-b_c"))
        let secret = try #require(SecretName("KEY_\(number)"))
        let lineage = Lineage(workspace: workspace, secret: secret)
        let generation = try #require(Generation(number))
        let plain = try #require(LineageAlias(lineage.plainAlias))
        #expect(plain.lineage == lineage)
        #expect(plain.generation == nil)
        let numbered = try #require(LineageAlias(lineage.alias(generation)))
        #expect(numbered.lineage == lineage)
        #expect(numbered.generation == generation)
    }

    @Test(arguments: [
        "", "a", "a/b", "a/B@", "a/B@g", "a/B@g0", "a/B@g01", "a/B@g+1", "a/B@g1@g2", "a/B/C",
        "a--b/B", "A/B", "a/B@1", "/B", "a/", "a/B@g-1", "a/B@g99999999999999999999",
    ])
    func `Another's alias is none of ours`(alias: String) {
        #expect(LineageAlias(alias) == nil)
    }
}
