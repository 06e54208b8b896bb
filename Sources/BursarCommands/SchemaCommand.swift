internal import ArgumentParser
internal import BursarManifest

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of every kind, for editors and checkers.",
        discussion: """
            A first line `# yaml-language-server: $schema=bursar.schema.json` in a manifest makes editors complete and \
            check it.

            EXAMPLE: bursar schema > bursar.schema.json
            """)

    enum Output: String, ExpressibleByArgument, CaseIterable { case json, markdown }

    @Option(help: "json, or markdown for the reference of every field.")
    var output = Output.json

    func run() {
        switch output {
        case .json: Terminal.print(JSONSchema.text())
        case .markdown: Terminal.print(SchemaReference.markdown())
        }
    }
}
