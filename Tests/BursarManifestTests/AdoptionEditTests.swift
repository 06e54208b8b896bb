import BursarCore
import Testing

@testable import BursarManifest

struct AdoptionEditTests {
    private static func files(_ text: String) -> SourceFiles {
        var files = SourceFiles()
        files.manifests = [ManifestFile(path: "search.yaml", bytes: Array(text.utf8))]
        return files
    }

    private func edit(
        _ text: String, _ adoption: Adoption? = nil, name: String = "search"
    ) throws -> Result<String, AdoptionEdit.Refusal> {
        let files = Self.files(text)
        let loaded = files.load()
        let workspace = try #require(loaded.desired.workspaces.first { $0.name == name })
        let key = try #require(SecretName("LITELLM_API_KEY"))
        return AdoptionEdit.of(
            adoption ?? Adoption(team: true, keys: [key: .alias("search key")], from: "old"),
            into: workspace, of: files
        ).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    private static let head = "apiVersion: bursar/v1\nkind: Workspace\n"
    private static let line = #"adopt: {team: true, key: "search key", from: old}"#

    @Test(arguments: [
        // As deep as its neighbours, above comments that belong to them.
        (
            "metadata: {name: search}\nspec:  # why\n    # dollars\n    budget: unlimited\n    models: all\n",
            "metadata: {name: search}\nspec:  # why\n    \(line)\n    # dollars\n    budget: unlimited\n    models: all\n"
        ),
        (
            "metadata: {name: search}\nspec: {budget: unlimited, models: all}  # flow\n",
            "metadata: {name: search}\nspec: {\(line), budget: unlimited, models: all}  # flow\n"
        ),
        (
            "metadata:\r\n  name: search\r\nspec:\r\n  budget: unlimited\r\n  models: all\r\n",
            "metadata:\r\n  name: search\r\nspec:\r\n  \(line)\r\n  budget: unlimited\r\n  models: all\r\n"
        ),
        (
            "spec:\n\n  models: [\"é{\",\n    b]\n  budget: unlimited\nmetadata: {name: search}",
            "spec:\n  \(line)\n\n  models: [\"é{\",\n    b]\n  budget: unlimited\nmetadata: {name: search}"
        ),
        (
            "metadata: {name: search, labels: {é: x}}\nspec:\n  {budget: unlimited,\n  models: all}\n",
            "metadata: {name: search, labels: {é: x}}\nspec:\n  {\(line), budget: unlimited,\n  models: all}\n"
        ),
    ])
    func `one line more, and every other byte as it was`(before: String, after: String) throws {
        #expect(try edit(Self.head + before).get() == Self.head + after)
    }

    @Test func `only the document of that name is changed`() throws {
        let one = Self.head + "metadata: {name: ads}\nspec:\n  budget: unlimited\n  models: all\n"
        let two =
            Self.head + "metadata: {name: search}\nspec:\n  budget: unlimited\n  models: all\n"
        let edited = try edit("# first\n" + one + "---\n" + two + "# last").get()
        #expect(
            edited == "# first\n" + one + "---\n"
                + two.replacing("spec:\n", with: "spec:\n  \(Self.line)\n") + "# last")
    }

    @Test func `what is there already is not written over`() throws {
        let text =
            Self.head + "metadata: {name: search}\nspec:\n  budget: unlimited\n  models: all\n"
        let edited = try edit(text).get()
        #expect(
            try edit(edited)
                == .failure(
                    .present(
                        SourceLocation(file: "search.yaml", line: 5, column: 3), same: true)))
        guard case .failure(.present(_, same: false)) = try edit(edited, Adoption(team: true))
        else {
            Issue.record("another adopt is left as it is")
            return
        }
    }

    @Test func `a manifest without a spec is refused`() throws {
        var files = Self.files(Self.head + "metadata: {name: search}\n")
        files.manifests.append(
            ManifestFile(
                path: "defaults.yaml",
                bytes: Array(
                    "apiVersion: bursar/v1\nkind: Defaults\nspec: {budget: unlimited, models: all}\n"
                        .utf8)))
        let workspace = try #require(files.load().desired.workspaces.first)
        let edited = AdoptionEdit.of(Adoption(team: true), into: workspace, of: files)
        guard case .failure(.noSpec) = edited else {
            Issue.record("there is nothing to write into")
            return
        }
    }

    @Test func `a value that is no text in a manifest is refused`() throws {
        let key = try #require(SecretName("LITELLM_API_KEY"))
        let text =
            Self.head + "metadata: {name: search}\nspec:\n  budget: unlimited\n  models: all\n"
        let secret = Adoption(team: true, keys: [key: .alias("sk-123456789")])
        guard case .failure(.changesMore) = try edit(text, secret) else {
            Issue.record("a manifest with a secret in it is not valid")
            return
        }
    }
}
