internal import ArgumentParser
internal import BursarManifest
internal import Glibc

/// Parses the command line and runs it; ends the process with the exit code of product and docs.
package func runBursar() async {
    // `bursar apply | head` must not kill an apply.
    signal(SIGPIPE, SIG_IGN)
    growHeapInLargeSteps()
    await Bursar.main()
}

struct Bursar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bursar",
        abstract: "Keeps LLM workspaces on LiteLLM as they are written in git.",
        discussion: """
            Reads workspace manifests (budget, models, limits, keys), compares them with what LiteLLM \
            and the secret store hold, and applies the fewest operations that close the difference.

            EXIT CODES: 0 done or nothing to do; 1 failed; 2 changes (--detailed-exitcode); \
            3 refused by a limit; 4 not what was approved; 64 usage.

            EXAMPLE: LITELLM_URL=http://127.0.0.1:4000 LITELLM_MASTER_KEY=… bursar plan examples/quickstart
            """,
        version: BuildVersion.text,
        subcommands: [
            InitCommand.self, Validate.self, Render.self, SchemaCommand.self, PlanCommand.self,
            ApplyCommand.self, DriftCommand.self, DiffCommand.self, RunCommand.self,
            ImportCommand.self, AdoptCommand.self,
            RotateCommand.self, RotationGroup.self, RevokeCommand.self, KeyringCommand.self,
            GatewayCommand.self, SandboxCommand.self,
            Doctor.self,
        ]
    )
}

enum BuildVersion {
    static let text = "0.1.0"
}

/// What the process ends with.
enum Exit {
    static let failed = ExitCode(1)
    static let changes = ExitCode(2)
    static let refused = ExitCode(3)
    static let stale = ExitCode(4)
    static let usage = ExitCode(64)

    static func now(_ code: ExitCode) -> Never { Glibc.exit(code.rawValue) }
}
