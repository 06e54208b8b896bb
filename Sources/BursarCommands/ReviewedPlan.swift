internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest
internal import FoundationEssentials
internal import Glibc

/// The file of `plan --out`, as `apply` takes it.
enum ReviewedPlan {
    /// A manifest's name would make it one.
    static func checkName(_ path: String, _ source: SourceOptions) throws {
        if source.origin.file == "-" {
            throw ValidationError(
                "--out: apply could not read standard input again; write it to a file, and name that "
                    + "with -f")
        }
        if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
            throw ValidationError("--out \(path): a file of that name would be read as a manifest")
        }
    }

    static func write(_ planned: PlannedSource, _ options: PlanFile.Options, to path: String) throws
    {
        guard planned.plan.errors.isEmpty else {
            Terminal.error("\(path) is not written: nothing of this plan would be done")
            throw Exit.failed
        }
        let file = PlanFile(
            owner: planned.parts.configuration.owner, options: options,
            madeAt: planned.parts.time.now(), approval: Approval(planned.plan))
        try ReplacedFile.write(Array(file.text.utf8), to: path, mode: 0o600)
        Terminal.note("wrote \(path); it is applied with `bursar apply \(path)`")
    }

    /// `nil` where the path is a directory, or nothing.
    static func read(_ path: String) throws -> PlanFile? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            Terminal.error("\(path) cannot be read")
            throw Exit.failed
        }
        do throws(PlanFile.Fault) { return try PlanFile(bytes: Array(data)) } catch {
            Terminal.error("\(path): \(error.text)")
            throw Exit.failed
        }
    }

    /// Ends the process where the manifests are not those the plan was made of.
    static func check(_ file: PlanFile, at path: String) throws {
        let directory = file.options.directory
        let source = DirectorySource(directory, configuration: file.options.config)
        let found = source.configurationFile()
        guard let found else {
            Terminal.error(
                "\(path) is a plan of the manifests in \(directory), and there is no \(source.configurationPath)\n"
                    + "  = help: run apply in the directory in which plan ran, with the same files")
            throw Exit.failed
        }
        let owner = loadManifests(configuration: found, manifests: []).configuration?.owner
        guard let owner, owner != file.owner else { return }
        Terminal.error(
            "\(path) is a plan of \(file.owner.words), and \(found.path) is of \(owner.words)\n"
                + "  = help: apply it where it was made, or make a plan of these manifests")
        throw Exit.failed
    }
}

extension Owner {
    fileprivate var words: String { "owner \(name)" + (source.map { " (source \($0))" } ?? "") }
}

extension PlanFile.Fault {
    fileprivate var text: String {
        switch self {
        case .noPlan:
            "not a plan that `bursar plan --out` wrote\n"
                + "  = help: a directory of manifests is applied by its name, one file of them with -f"
        case .otherFormat(let format):
            "a plan of format \(VisibleText.escape(format)), which this version does not read\n"
                + "  = help: make the plan with the bursar that applies it"
        case .changed:
            "the plan is not as it was written\n"
                + "  = help: make another one with `bursar plan --out`, and have that approved"
        }
    }
}

/// What `--checksum` names: of the whole plan, or of some workspaces while no other has anything to
/// approve.
enum ReviewedChecksum {
    case total(String)
    case byWorkspace([WorkspaceID: String])

    /// - Returns: `nil` where none is named.
    init?(_ texts: [String]) throws {
        guard let first = texts.first else { return nil }
        if texts.count == 1, Checksum.isOne(first) {
            self = .total(first)
            return
        }
        var named: [WorkspaceID: String] = [:]
        for text in texts {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, let id = WorkspaceID(halves[0]), Checksum.isOne(halves[1]),
                named.updateValue(halves[1], forKey: id) == nil
            else {
                throw ValidationError(
                    "--checksum takes the 32 digits that plan prints, or ID=CHECKSUM once for each "
                        + "workspace, not \(text)")
            }
        }
        self = .byWorkspace(named)
    }

    /// The workspaces that are not as they were reviewed; `nil`: all are. Empty where only the total is
    /// known.
    func moved(_ now: Approval) -> [WorkspaceID]? {
        switch self {
        case .total(let checksum): return Checksum.of(now) == checksum ? nil : []
        case .byWorkspace(let named):
            let checksums = now.checksums
            let ids = Set(named.keys).union(checksums.keys)
            let moved = ids.filter { named[$0] != checksums[$0] }.sorted()
            return moved.isEmpty ? nil : moved
        }
    }
}
