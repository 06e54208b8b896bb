internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct AdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Writes into a manifest that a team and keys which exist are taken over.",
        discussion: """
            Puts one line, `adopt`, into the workspace's manifest and asks no server: look at the plan, \
            then apply. Takes over the team of the workspace's id, and with --key a key by its alias or \
            its hash, wherever it is.

            EXAMPLE: bursar adopt search examples/quickstart --key LITELLM_API_KEY=search-key
            """)

    @Argument(help: "The workspace's name or id.")
    var name: String

    @Argument(help: "The directory with bursar.yaml and the manifests.")
    var directory = "."

    @Option(
        help:
            "The key that becomes that of a secret, SECRET=ALIAS, or ALIAS where the workspace has one; may be repeated."
    )
    var key: [String] = []

    @Option(help: "The owner they are taken from, where they bear another one's mark.")
    var from: String?

    @Flag(inversion: .prefixedNo, help: "The team of the workspace's id.")
    var team = true

    func run() throws {
        let files = DirectorySource(directory).files()
        let loaded = files.load()
        if !loaded.diagnostics.isEmpty {
            Terminal.note(render(loaded.diagnostics, color: Terminal.colorErrors))
        }
        let workspace = try loaded.desired.workspace(named: name)
        guard team || !key.isEmpty else {
            throw ValidationError("--no-team without --key: nothing to take over")
        }
        let adoption = Adoption(team: team, keys: try keys(of: workspace), from: from)
        switch AdoptionEdit.of(adoption, into: workspace, of: files) {
        case .success(let edit):
            try ReplacedFile.write(edit.bytes, to: edit.path)
            Terminal.print("\(edit.path): \(VisibleText.escape(edit.line))\n")
        case .failure(.present(let place, same: true)):
            Terminal.print("\(place) says so already\n")
        case .failure(let refusal):
            Terminal.error("\(refusal)")
            throw Exit.failed
        }
    }

    private func keys(of workspace: DesiredWorkspace) throws -> [SecretName: KeyReference] {
        let secrets = workspace.keys.map(\.secret)
        var keys: [SecretName: KeyReference] = [:]
        for text in key {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            let named = halves.count == 2 ? secrets.first { $0.text == halves[0] } : nil
            guard let secret = named ?? (secrets.count == 1 ? secrets.first : nil) else {
                let names = secrets.map(\.text).joined(separator: ", ")
                throw ValidationError(
                    "--key takes SECRET=ALIAS; workspace \(workspace.name) has "
                        + (names.isEmpty ? "no keys" : "the secrets \(names)"))
            }
            guard keys[secret] == nil else {
                throw ValidationError("--key names \(secret) twice")
            }
            keys[secret] = KeyReference(named == nil ? text : halves[1])
        }
        return keys
    }
}
