internal import ArgumentParser
internal import BursarCore
internal import BursarManifest

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks manifests and prints everything that is wrong with them.",
        discussion: "EXAMPLE: bursar validate examples/quickstart")

    @OptionGroup var source: SourceOptions

    func run() throws {
        let loaded = try source.load()
        let errors = loaded.diagnostics.count { $0.severity == .error }
        guard errors == 0 else { throw Exit.failed }
        guard !loaded.desired.workspaces.isEmpty else {
            // A gate that looks at nothing must not let pass.
            Terminal.error(
                "no workspace stands in \(source.origin.file ?? source.directory): nothing was checked"
            )
            Terminal.note("  = help: name the directory with bursar.yaml and the manifests")
            throw Exit.failed
        }
        let count = try source.narrow(loaded.desired).workspaces.count
        Terminal.print("\(counted(count, "workspace")) \(count == 1 ? "is" : "are") valid\n")
    }
}
