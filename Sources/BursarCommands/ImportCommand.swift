internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest
internal import FoundationEssentials

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Writes manifests from what LiteLLM holds: one a team, with its keys.",
        discussion: """
            Changes nothing on LiteLLM. Each manifest says what its team is, and that it is taken over; \
            the apply after it writes bursar's marks and nothing else. What cannot be taken over as it \
            is, and every key without a team, is put into import.yaml.candidates with the reason, which \
            no command reads. Teams that bear this owner's mark, or that a manifest names, are left out.

            EXAMPLE: bursar import examples/quickstart --output-dir examples/quickstart/imported
            """)

    @Argument(help: "The directory with bursar.yaml.")
    var directory = "."

    @Option(help: "Where the manifests are put; by default workspaces in the directory.")
    var outputDir: String?

    @Option(help: "Take over the teams of this owner, too.")
    var from: String?

    @Flag(help: "Write over files that are there.")
    var force = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let output = outputDir ?? (directory == "." ? "workspaces" : "\(directory)/workspaces")
        let files = DirectorySource(directory).files()
        let loaded = files.load()
        if !loaded.diagnostics.isEmpty {
            Terminal.note(render(loaded.diagnostics, color: Terminal.colorErrors))
        }
        let parts = try Composition(
            loaded, connection, DirectorySource(directory), for: .reads, mints: false)
        let found = try await reporting { () async throws(IssuerError) in
            try await parts.inventory.everything()
        }
        // What would be written again does not keep its team out.
        let existing = loaded.desired.workspaces.filter { workspace in
            guard let place = workspace.place(of: "metadata.name") else { return true }
            return !Self.isSame(place.file, "\(output)/\(ImportDraft.file(of: workspace.id))")
        }
        let draft = ImportDraft(
            found, owner: parts.configuration.owner, from: from, existing: existing,
            now: parts.time.now())
        try write(draft, to: output)
        report(draft, output)
        try check(draft, output)
    }

    private static func isBelow(_ path: String, _ directory: String) -> Bool {
        let folder = URL(filePath: directory).standardizedFileURL.path
        return URL(filePath: path).standardizedFileURL.deletingLastPathComponent().path == folder
    }

    private static func isSame(_ path: String, _ other: String) -> Bool {
        URL(filePath: path).standardizedFileURL.path
            == URL(filePath: other).standardizedFileURL.path
    }

    /// All or nothing where something is in the way.
    private func write(_ draft: ImportDraft, to output: String) throws {
        var texts = draft.manifests.map { (path: "\(output)/\($0.name)", text: $0.text) }
        if let candidates = draft.candidates {
            texts.append(("\(output)/\(ImportDraft.candidatesName)", candidates))
        }
        let old = texts.map { FileManager.default.contents(atPath: $0.path) }
        let inTheWay = zip(texts, old).filter { file, old in
            guard let old, old != Data(file.text.utf8) else { return false }
            return
                !(file.path.hasSuffix("/\(ImportDraft.candidatesName)")
                && ImportDraft.isCandidates(String(decoding: old, as: UTF8.self)))
        }
        if !force, !inTheWay.isEmpty {
            for (file, _) in inTheWay {
                Terminal.error("\(file.path) is there already, and says something else")
            }
            Terminal.note("nothing was written; --force writes over them")
            throw Exit.failed
        }
        do {
            try FileManager.default.createDirectory(
                atPath: output, withIntermediateDirectories: true)
        } catch { throw ReplacedFile.unwritable(output) }
        for (file, old) in zip(texts, old) where old != Data(file.text.utf8) {
            try ReplacedFile.write(Array(file.text.utf8), to: file.path)
            Terminal.print("wrote \(file.path)\n")
        }
    }

    private func report(_ draft: ImportDraft, _ output: String) {
        let keys = draft.manifests.reduce(0) { $0 + $1.workspace.keys.count }
        var lines = [
            "\(counted(draft.manifests.count, "team")) with \(counted(keys, "key")) to take over"
        ]
        if draft.known > 0 {
            lines.append("\(counted(draft.known, "team")) left out: managed already")
        }
        if draft.leftTeams + draft.leftKeys > 0 {
            lines.append(
                "\(counted(draft.leftTeams, "team")) and \(counted(draft.leftKeys, "key")) without a "
                    + "team are in \(output)/\(ImportDraft.candidatesName), with the reasons")
        }
        if !draft.manifests.isEmpty {
            lines.append("Next: look at `bursar plan`, then `bursar apply`")
        }
        Terminal.print(lines.map { $0 + "\n" }.joined())
    }

    /// Reads what was written as every other command does: defaults and policies of the directory
    /// apply to it.
    private func check(_ draft: ImportDraft, _ output: String) throws {
        let loaded = DirectorySource(directory).load()
        let errors = loaded.diagnostics.filter { diagnostic in
            diagnostic.severity == .error
                && diagnostic.location.map { Self.isBelow($0.file, output) } == true
        }
        for manifest in draft.manifests {
            guard
                let read = loaded.desired.workspaces.first(where: {
                    $0.id == manifest.workspace.id
                })
            else { continue }
            var bare = read
            bare.places = Places()
            if bare != manifest.workspace {
                Terminal.note(
                    "warning: workspace \(read.name) inherits from defaults: apply changes more than "
                        + "its marks")
            }
        }
        guard !errors.isEmpty else { return }
        Terminal.note(render(errors, color: Terminal.colorErrors))
        if errors.contains(where: { $0.code == "policy-breach" }) {
            Terminal.note(
                "the policies of the directory refuse what is live: mend the manifests, or say "
                    + "`severity: warn` in the policy until they fit")
        }
        throw Exit.failed
    }
}
