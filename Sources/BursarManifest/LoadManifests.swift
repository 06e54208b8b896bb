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

/// Reads a whole source. Pure: what it gives depends on the bytes alone.
package func loadManifests(configuration: ManifestFile?, manifests: [ManifestFile]) -> Loaded {
    var loader = Loader(files: (configuration.map { [$0] } ?? []) + manifests)
    let read = configuration == nil ? nil : loader.configuration(file: 0)
    for file in (configuration == nil ? 0 : 1)..<loader.sources.count { loader.read(file: file) }
    let ttl = read?.liteLLM.keyCacheTTL ?? Configuration.LiteLLM.defaultKeyCacheTTL
    var linker = Linker(paths: loader.sources.map(\.path), keyCacheTTL: ttl)
    let workspaces = linker.link(loader.workspaces)
    for problem in linker.problems { loader.problems[problem.file].append(problem.located) }
    let diagnostics = loader.diagnostics()
    let isWhole = !diagnostics.contains { $0.severity == .error }
    return Loaded(
        configuration: read, desired: DesiredState(workspaces: workspaces, isWhole: isWhole),
        diagnostics: diagnostics)
}

private struct Loader {
    let sources: [SourceText]
    /// By file.
    var problems: [[Located]]
    private(set) var workspaces: [WorkspaceManifest] = []

    init(files: [ManifestFile]) {
        sources = files.map { SourceText($0) }
        problems = Array(repeating: [], count: files.count)
    }

    /// Documents of ours; the others are noted. Empty ones between two `---` are nobody's.
    private mutating func documents(file: Int) -> [(kind: Schema.Kind, document: Document)] {
        let source = sources[file]
        problems[file] += LiteralSecrets.ranges(in: source.text).map {
            Located(problem: .literalSecret(field: nil), extent: source.extent(ofBytes: $0))
        }
        let (documents, failure) = DocumentParser.parse(source)
        if let failure { problems[file].append(failure) }
        var ours: [(kind: Schema.Kind, document: Document)] = []
        var isEmpty = failure == nil
        for document in documents where !document.root.isNull {
            isEmpty = false
            switch DocumentKind(of: document.root) {
            case .ours(let kind):
                problems[file] += document.problems
                ours.append((kind, document))
            case .refused(let located): problems[file].append(located)
            case .unreadable: problems[file] += document.problems
            }
        }
        if isEmpty {
            problems[file].append(Located(problem: .emptyFile, extent: source.extent(atByte: 0)))
        }
        return ours
    }

    mutating func configuration(file: Int) -> Configuration? {
        var found: Configuration?
        var first: Mark?
        for (kind, document) in documents(file: file) {
            let place = document.root["kind"]?.extent ?? document.root.extent
            if kind != .configuration {
                let problem = ManifestProblem.misplacedKind(kind.rawValue, configuration: true)
                problems[file].append(Located(problem: problem, extent: place))
            } else if let first {
                let problem = ManifestProblem.severalConfigurations(first: first)
                problems[file].append(Located(problem: problem, extent: place))
                found = nil
            } else {
                first = place.start
                let decoded = ConfigurationDecoder.decode(document, path: sources[file].path)
                problems[file] += decoded.problems
                found = decoded.configuration
            }
        }
        return problems[file].isEmpty ? found : nil
    }

    mutating func read(file: Int) {
        for (kind, document) in documents(file: file) {
            let place = document.root["kind"]?.extent ?? document.root.extent
            switch kind {
            case .workspace:
                let decoded = WorkspaceDecoder.decode(document, file: file)
                problems[file] += decoded.problems
                workspaces.append(decoded.manifest)
            case .configuration:
                let problem = ManifestProblem.misplacedKind(kind.rawValue, configuration: false)
                problems[file].append(Located(problem: problem, extent: place))
            case .defaults, .policy, .gateway:
                let problem = ManifestProblem.unsupportedKind(kind.rawValue)
                problems[file].append(Located(problem: problem, extent: place))
            }
        }
    }

    func diagnostics() -> [Diagnostic] {
        var all: [Diagnostic] = []
        for (file, located) in problems.enumerated() where !located.isEmpty {
            all += sources[file].diagnostics(located)
        }
        return all.sorted { a, b in
            guard let left = a.location, let right = b.location, left != right else {
                return (a.code, a.message) < (b.code, b.message)
            }
            return left < right
        }
    }
}

extension SourceText {
    /// Lines that may hold a secret are shown by none of them.
    fileprivate func diagnostics(_ problems: [Located]) -> [Diagnostic] {
        let starts = lineStarts()
        var hidden: Set<Int32> = []
        for located in problems where located.problem.hidesLines {
            hidden.formUnion(
                located.extent.start
                    .line...max(
                        located.extent.start.line, located.extent.end.line))
        }
        return problems.map { located in
            let mark = located.extent.start
            let isShown = !hidden.contains(mark.line) && Int(mark.line) <= starts.count
            return Diagnostic(
                code: located.problem.code, severity: .error,
                message: located.problem.message(file: path),
                location: SourceLocation(
                    file: path, line: Int(mark.line), column: Int(mark.column)),
                length: located.extent.length,
                sourceLine: isShown ? line(Int(mark.line), of: starts) : nil,
                help: located.problem.help)
        }
    }
}
