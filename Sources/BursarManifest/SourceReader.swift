package import BursarCore

/// Reads a source in three steps: first what applies to whole directories, then the other files, in
/// any order and in parallel if one likes, at last what stands between workspaces. Pure: what it gives
/// depends on the bytes alone.
package struct SourceReader: Sendable {
    private let sources: [SourceText]
    /// By the number of a file.
    let paths: [String]
    private let configuration: Configuration?
    private let keyCacheTTL: Span
    private let scopes: Scopes
    /// The documents of files that were read in the first step.
    private let shared: [Int: [Document]]
    private let problems: [Located]
    private let isComplete: Bool

    /// The numbers of the manifests, in the order they were given.
    package let files: Range<Int>

    /// - Parameter unreadable: the paths of files that should have been among the manifests.
    package init(
        configuration file: ManifestFile?, manifests: [ManifestFile], unreadable: [String] = []
    ) {
        let all = (file.map { [$0] } ?? []) + manifests
        let sources = all.enumerated().map { SourceText($1, number: Int32(clamping: $0)) }
        self.sources = sources
        paths = all.map(\.path)
        files = (file == nil ? 0 : 1)..<all.count
        let read = file == nil ? nil : ConfigurationReading(sources[0])
        configuration = read?.configuration
        keyCacheTTL =
            read?.configuration?.liteLLM.keyCacheTTL ?? Configuration.LiteLLM.defaultKeyCacheTTL
        isComplete = unreadable.isEmpty
        var shared = SharedReading(read?.problems.all ?? [])
        for path in unreadable { shared.hold(path) }
        let first = onEveryCore(files) { numbers in
            numbers.filter { sources[$0].mayHoldShared }.map { FileReading(sources[$0]) }
        }
        for reading in first.joined() { shared.add(reading) }
        shared.scopes.resolve(Set(paths[files].map { Scopes.directory(of: $0) }))
        scopes = shared.scopes
        self.shared = shared.workspaces
        problems = shared.problems
    }

    /// The workspaces of some files, each by itself.
    package func read(_ numbers: Range<Int>) -> SourcePart {
        read(numbers, keeping: { _ in false })
    }

    /// The workspaces of that name or id in full, those alone that have no error.
    package func effective(_ name: String) -> (loaded: Loaded, manifests: [EffectiveManifest]) {
        let part = read(files) { $0.name == name || $0.id?.text == name }
        let loaded = link([part])
        let manifests = part.kept.compactMap { root, workspace in
            workspace.flatMap {
                loaded.desired.workspaces.contains($0)
                    ? EffectiveManifest(root, of: $0, paths: paths) : nil
            }
        }
        return (loaded, manifests)
    }

    /// What the policies of a workspace's directory have against an overlap that is asked for by
    /// command.
    package func objections(toOverlap span: Span, of workspace: DesiredWorkspace) -> [String] {
        guard let place = workspace.place(of: "") else { return [] }
        return scopes.scope(of: Scopes.directory(of: place.file)).terms.compactMap { term in
            let origin = SourceLocation(term.place, in: paths)
            switch term.rule {
            case .minimumOverlap(let least) where span < least:
                return "below the policy's minimum of \(least) (\(origin))"
            case .maximumOverlap(let most) where span > most:
                return "above the policy's maximum of \(most) (\(origin))"
            default: return nil
            }
        }
    }

    /// Keeps the effective document of the workspaces that `keeping` holds.
    private func read(
        _ numbers: Range<Int>, keeping: (WorkspaceManifest) -> Bool
    ) -> SourcePart {
        var part = SourcePart()
        for number in numbers {
            let scope = scopes.scope(of: Scopes.directory(of: paths[number]))
            var found = ProblemList()
            for document in documents(number, &found) {
                let root = Inheritance.effective(document.root, over: scope.defaults)
                var (manifest, problems) = WorkspaceDecoder.decode(root)
                if document.problems.hasErrors || scope.heldBy != nil { manifest.isSound = false }
                let link = WorkspaceLinker.link(
                    manifest, terms: scope.heldBy == nil ? scope.terms : [], paths: paths,
                    keyCacheTTL: keyCacheTTL, sources: configuration?.providerSources)
                for located in problems.all.map({ manifest.located($0.problem, at: $0.extent) })
                    + link.problems.all
                where scope.heldBy == nil || located.inherited == nil {
                    // What is wrong with what it inherits is said there.
                    found.add(located)
                }
                part.workspaces.append(
                    ReadWorkspace(
                        manifest, desired: link.workspace, heldBy: scope.heldBy, paths: paths))
                if keeping(manifest) { part.kept.append((root, link.workspace)) }
            }
            part.problems += found.all
        }
        return part
    }

    /// The documents of kind `Workspace`.
    private func documents(_ number: Int, _ problems: inout ProblemList) -> [Document] {
        if let read = shared[number] { return read }
        let reading = FileReading(sources[number])
        problems.add(reading.problems)
        return reading.documents.compactMap { kind, document in
            switch kind {
            case .workspace: return document
            case .configuration, .gateway:
                problems.add(reading.misplaced(kind, document))
                return nil
            case .defaults, .policy:
                preconditionFailure("a file without their names or an escape holds none of them")
            }
        }
    }

    /// Puts the parts together, which are those of all `files` in their order.
    package func link(_ parts: [SourcePart]) -> Loaded {
        let (workspaces, found) = diagnose(parts)
        let all = found.map(\.diagnostic) + held(parts.flatMap(\.workspaces))
        let isWhole = isComplete && !all.contains { $0.severity == .error }
        return Loaded(
            configuration: configuration,
            desired: DesiredState(workspaces: workspaces, isWhole: isWhole),
            diagnostics: all.sorted(by: Diagnostic.isBefore))
    }

    /// The workspaces, and everything that is wrong, as a case and for people.
    func diagnose(
        _ parts: [SourcePart]
    ) -> ([DesiredWorkspace], [(problem: ManifestProblem, diagnostic: Diagnostic)]) {
        var problems = problems + parts.flatMap(\.problems)
        let workspaces = Uniqueness.filter(parts.flatMap(\.workspaces), &problems)
        let found = Dictionary(grouping: problems, by: \.extent.file).flatMap {
            sources[Int($0)].diagnose($1, paths: paths)
        }
        return (workspaces, found)
    }

    /// A warning for every file that keeps workspaces waiting.
    private func held(_ workspaces: [ReadWorkspace]) -> [Diagnostic] {
        let waiting = Dictionary(grouping: workspaces.filter { $0.heldBy != nil }, by: \.heldBy)
        return waiting.compactMap { holder, workspaces in
            switch holder {
            case nil: nil
            case .file(let number):
                Diagnostic.held(workspaces.count, by: paths[Int(number)], isReadable: true)
            case .unreadable(let path):
                Diagnostic.held(workspaces.count, by: path, isReadable: false)
            }
        }
    }
}

/// What some files of a source say.
package struct SourcePart: Sendable {
    var problems: [Located] = []
    var workspaces: [ReadWorkspace] = []
    var kept: [(root: Node, workspace: DesiredWorkspace?)] = []
}

/// A workspace as far as others must know of it. By reference: it goes through several lists.
final class ReadWorkspace: Sendable {
    let id: WorkspaceID?
    let name: String?
    let idPlace: Extent
    let namePlace: Extent
    /// `nil` where it has an error or waits.
    let desired: DesiredWorkspace?
    let heldBy: Scope.Holder?

    init(
        _ manifest: WorkspaceManifest, desired: DesiredWorkspace?, heldBy: Scope.Holder?,
        paths: [String]
    ) {
        id = manifest.id
        name = manifest.name
        idPlace = manifest.idPlace ?? manifest.namePlace
        namePlace = manifest.namePlace
        self.desired = desired
        self.heldBy = heldBy
    }
}
