internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import FoundationEssentials
internal import Glibc

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Writes a repository of manifests to begin with. Overwrites nothing.",
        discussion: "EXAMPLE: bursar init llm-workspaces --owner prod")

    @Argument(help: "The directory; made where it is missing.")
    var directory = "."

    @Option(help: "The name of this installation; by default the directory's.")
    var owner: String?

    func run() throws {
        let root = URL(filePath: directory).standardized
        let name = try ownerName(root)
        let configuration = root.appending(path: DirectorySource.configurationName).path
        guard access(configuration, F_OK) != 0 else {
            Terminal.error("\(configuration) is there already: nothing was written")
            throw Exit.failed
        }
        let starter = Starter(owner: name, source: UUID().uuidString.lowercased())
        for (path, text) in starter.files {
            let isNew = try write(
                text, to: root.appending(path: path),
                isProgram: path.hasPrefix(Starter.programs))
            Terminal.print("\(isNew ? "wrote" : "kept ") \(path)\n")
            if !isNew, path == Starter.gitIgnore {
                Terminal.note("\(path) must name /secrets/ and /keyring.txt: add them")
            }
        }
        Terminal.print(starter.nextSteps(directory))
    }

    /// As it is given, or what the directory is called where that can be one.
    private func ownerName(_ root: URL) throws -> String {
        if let owner {
            guard WorkspaceID(owner) != nil else {
                throw ValidationError("--owner takes lower-case letters, digits, `.`, `_` and `-`")
            }
            return owner
        }
        let name = root.lastPathComponent.lowercased()
        return WorkspaceID(name) == nil ? "bursar" : name
    }

    /// `false` where it is there already.
    private func write(_ text: String, to file: URL, isProgram: Bool) throws -> Bool {
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch { throw ReplacedFile.unwritable(file.path) }
        return try ReplacedFile.create(
            Array(text.utf8), at: file.path, mode: isProgram ? 0o755 : 0o644)
    }
}
