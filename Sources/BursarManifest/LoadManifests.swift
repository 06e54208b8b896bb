package import BursarCore

/// A file of the source, read but not looked at.
package struct ManifestFile: Sendable {
    /// As diagnostics name it.
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// What the files of a source say, and everything that is wrong with them.
package struct Loaded: Sendable {
    /// `nil` where there is no configuration file or it has an error.
    package let configuration: Configuration?
    /// Without the workspaces that have an error; then it is not whole.
    package let desired: DesiredState
    /// By place.
    package let diagnostics: [Diagnostic]

    package init(
        configuration: Configuration?, desired: DesiredState, diagnostics: [Diagnostic]
    ) {
        self.configuration = configuration
        self.desired = desired
        self.diagnostics = diagnostics
    }
}

/// The bytes of a source.
package struct SourceFiles: Sendable {
    package var configuration: ManifestFile?
    /// By path, so that it is always the same workspace which is the second of its name.
    package var manifests: [ManifestFile] = []
    /// The paths of files that should have been among the manifests, and could not be read.
    package var unreadable: [String] = []
    /// What else is wrong with the source.
    package var problems: [Diagnostic] = []
    /// `false` where these are only a part of the source.
    package var isWhole = true

    package init() {}

    /// Step by step, for those who want more of it than `load` gives.
    package func reader() -> SourceReader {
        SourceReader(
            configuration: configuration, manifests: manifests, unreadable: unreadable)
    }

    package func load() -> Loaded {
        let reader = reader()
        // Files say nothing about each other until they are linked.
        return complete(
            reader.link(
                onEveryCore(reader.files) {
                    reserveHeap()
                    return reader.read($0)
                }))
    }

    /// Adds the manifests at these paths.
    ///
    /// - Parameter bytes: of the file at a path; `nil` where it cannot be read.
    package mutating func read(_ paths: [String], bytes: @Sendable (String) -> [UInt8]?) {
        let read = onEveryCore(paths.indices) { $0.map { bytes(paths[$0]) } }.joined()
        manifests.reserveCapacity(manifests.count + paths.count)
        for (path, bytes) in zip(paths, read) {
            if let bytes {
                manifests.append(ManifestFile(path: path, bytes: bytes))
            } else {
                unreadable.append(path)
            }
        }
    }

    /// Adds to what was loaded what is known of the files.
    package func complete(_ loaded: Loaded) -> Loaded {
        let isWhole =
            self.isWhole && loaded.desired.isWhole && !problems.contains { $0.severity == .error }
        return Loaded(
            configuration: loaded.configuration,
            desired: DesiredState(workspaces: loaded.desired.workspaces, isWhole: isWhole),
            diagnostics: problems + loaded.diagnostics)
    }
}

/// As `SourceFiles.load`, for those who have nothing but bytes.
package func loadManifests(configuration: ManifestFile?, manifests: [ManifestFile]) -> Loaded {
    var files = SourceFiles()
    files.configuration = configuration
    files.manifests = manifests
    return files.load()
}
