internal import ArgumentParser
internal import BursarCore
internal import BursarManifest

struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Shows a workspace with everything it inherits, and where each value was written.",
        discussion: "EXAMPLE: bursar render search examples/quickstart --output json")

    @Argument(help: "The workspace's name or id.")
    var name: String

    @OptionGroup var origin: OriginOptions

    @Option(help: "text, which is YAML, or json.")
    var output = PlanCommand.Output.text

    func run() throws {
        let files = try origin.files()
        let (loaded, manifests) = files.reader().effective(name)
        let diagnostics = files.complete(loaded).diagnostics
        if !diagnostics.isEmpty {
            Terminal.note(render(diagnostics, color: Terminal.colorErrors))
        }
        guard let manifest = manifests.first else {
            throw loaded.desired.unknown("\(name): no valid workspace of that name or id")
        }
        switch output {
        case .text: Terminal.print(manifest.yaml(color: Terminal.colorOutput))
        case .json: Terminal.print(manifest.json())
        }
    }
}
