internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest
internal import FoundationEssentials
internal import Synchronization

/// Where the manifests and the configuration are.
struct DirectoryOptions: ParsableArguments {
    @Argument(help: "The directory with bursar.yaml and the manifests.")
    var directory = "."

    @Option(
        help: ArgumentHelp(
            "Take this file for bursar.yaml; its relative paths are relative to it.",
            valueName: "file"))
    var config: String?

    var source: DirectorySource { DirectorySource(directory, configuration: config) }
}

/// Which manifests: a directory, or one stream.
struct OriginOptions: ParsableArguments {
    @OptionGroup var place: DirectoryOptions

    var directory: String { place.directory }
    var source: DirectorySource { place.source }

    @Option(
        name: .shortAndLong, help: "Read manifests from this file instead; - is standard input.")
    var file: String?

    func files() throws -> SourceFiles {
        guard let file else { return source.files() }
        var files = SourceFiles()
        // A stream is only a part of a source: the configuration still comes from the directory.
        files.isWhole = false
        files.configuration = source.configurationFile()
        let bytes: [UInt8]
        if file == "-" {
            bytes = try Array(FileHandleBytes.standardInput())
        } else {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ValidationError("\(file) cannot be read")
            }
            bytes = Array(data)
        }
        files.manifests = [ManifestFile(path: file == "-" ? "<stdin>" : file, bytes: bytes)]
        return files
    }

    /// A stream is in no commit.
    func history(of plan: Plan) async -> ChangeHistory {
        guard file == nil else { return ChangeHistory() }
        return await GitHistory(directory: directory, time: SystemTimekeeper()).origins(of: plan)
    }
}

/// Manifests, narrowed or not.
struct SourceOptions: ParsableArguments {
    @OptionGroup var origin: OriginOptions

    @Option(help: "Only the workspace of this name or id; may be repeated.")
    var target: [String] = []

    @Option(help: "Only workspaces with this label, k=v; may be repeated, all must fit.")
    var selector: [String] = []

    var directory: String { origin.directory }
    var files: DirectorySource { origin.source }

    /// To the end of the process: to take 10,000 workspaces apart just before it takes a tenth of
    /// the time of reading them.
    private static let kept = Mutex<[Loaded]>([])

    /// Prints what is wrong. Ends the process where the configuration is.
    func load() throws -> Loaded {
        let loaded = try origin.files().load()
        Self.kept.withLock { $0.append(loaded) }
        if !loaded.diagnostics.isEmpty {
            Terminal.note(render(loaded.diagnostics, color: Terminal.colorErrors))
        }
        return loaded
    }

    /// Narrowed to `--target` and `--selector`; a narrowed state is never whole.
    func narrow(_ desired: DesiredState) throws -> DesiredState {
        guard !target.isEmpty || !selector.isEmpty else { return desired }
        let pairs = try selector.map { text in
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2 else {
                throw ValidationError("--selector takes k=v, not \(text)")
            }
            return (halves[0], halves[1])
        }
        for name in target
        where !desired.workspaces.contains(where: { $0.name == name || $0.id.text == name }) {
            throw desired.unknown("--target \(name): no valid workspace of that name or id")
        }
        let kept = desired.workspaces.filter { workspace in
            let named =
                target.isEmpty
                || target.contains { $0 == workspace.name || $0 == workspace.id.text }
            return named && pairs.allSatisfy { workspace.labels[$0.0] == $0.1 }
        }
        guard !kept.isEmpty else {
            throw desired.unknown("no valid workspace fits --target and --selector")
        }
        return DesiredState(workspaces: kept, isWhole: false, partOf: desired)
    }
}
