internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarStores
internal import FoundationEssentials

struct KeyringCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyring",
        abstract: "Makes and lists the secrets that keys are derived from.",
        discussion: """
            With a keyring (BURSAR_KEYRING or BURSAR_KEYRING_FILE) a mint that is repeated makes the \
            same key again, a run that broke off is finished, and a secret that the store lost is \
            published again. Keep it where LITELLM_MASTER_KEY is kept; no command prints it.

            EXAMPLE: bursar keyring new keyring.txt
            """,
        subcommands: [New.self, Add.self, List.self])

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a keyring with one entry into a new file of mode 0600.",
            discussion: "EXAMPLE: bursar keyring new keyring.txt --name 2026")

        @Argument(help: "The file; it must not exist.")
        var file: String

        @Option(help: "The entry's name.")
        var name = "k1"

        func run() async throws {
            let line = try KeyringFile.entry(name)
            try KeyringFile.write(line, to: file, replacing: false)
            Terminal.print("\(file): entry \(name)\n")
            Terminal.note(
                "set BURSAR_KEYRING_FILE to it, or BURSAR_KEYRING to its text, wherever bursar applies; "
                    + "keep it out of git, and keep a copy")
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds an entry: new keys are derived with it, old keys keep theirs.",
            discussion: "EXAMPLE: bursar keyring add keyring.txt --name 2027")

        @Argument(help: "The file.")
        var file: String

        @Option(help: "The new entry's name.")
        var name: String

        func run() async throws {
            let (text, keyring) = try reporting { () throws(SetupProblem) in
                let text = try KeyringFile.read(file)
                return (text, try KeyringFile.parse(text, from: file))
            }
            guard !keyring.contains(name) else {
                throw ValidationError("--name \(name): the keyring has it already")
            }
            let line = try KeyringFile.entry(name)
            let both = text.withExposed { old in
                line.withExposed { new in
                    SecretValue(old + (old.hasSuffix("\n") ? "" : "\n") + new)
                }
            }
            _ = try reporting { () throws(SetupProblem) in
                try KeyringFile.parse(both, from: file)
            }
            try KeyringFile.write(both, to: file, replacing: true)
            Terminal.print("\(file): entry \(name), \(keyring.entries.count + 1) in all\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists names and dates, never the secrets.",
            discussion: "EXAMPLE: bursar keyring list keyring.txt")

        @Argument(help: "The file; without one BURSAR_KEYRING or BURSAR_KEYRING_FILE.")
        var file: String?

        func run() async throws {
            let keyring = try reporting { () throws(SetupProblem) in
                if let file { return try KeyringFile.parse(KeyringFile.read(file), from: file) }
                guard let found = try KeyringFile.fromEnvironment() else {
                    throw SetupProblem("no keyring: name a file, or set BURSAR_KEYRING_FILE")
                }
                return found
            }
            for entry in keyring.entries {
                let use = entry.name == keyring.current.name ? "  in use" : ""
                Terminal.print("\(entry.name)  \(entry.created)\(use)\n")
            }
        }
    }
}

/// Reads and writes keyrings; its errors name files and lines, never what stands there.
enum KeyringFile {
    /// From `BURSAR_KEYRING` or `BURSAR_KEYRING_FILE`; `nil` where neither is set.
    static func fromEnvironment() throws(SetupProblem) -> Keyring? {
        let environment = ProcessInfo.processInfo.environment
        if let text = environment["BURSAR_KEYRING"], !text.isEmpty {
            return try parse(SecretValue(text), from: "BURSAR_KEYRING")
        }
        guard let file = environment["BURSAR_KEYRING_FILE"], !file.isEmpty else { return nil }
        let name = "BURSAR_KEYRING_FILE=\(file)"
        return try parse(read(file, named: name), from: name)
    }

    /// - Parameter name: what errors call it; by default the file.
    static func read(
        _ file: String, named name: String? = nil
    ) throws(SetupProblem) -> SecretValue {
        guard let data = FileManager.default.contents(atPath: file),
            let text = String(data: data, encoding: .utf8)
        else {
            throw SetupProblem(
                "the keyring \(name ?? file) cannot be read"
                    + (file.hasPrefix("/") ? "" : " from this directory; write the whole path"))
        }
        return SecretValue(text)
    }

    static func parse(
        _ text: SecretValue, from name: String
    ) throws(SetupProblem) -> Keyring {
        do throws(Keyring.Problem) { return try Keyring(text) } catch {
            throw SetupProblem("\(name), \(error)")
        }
    }

    /// A line with 32 bytes of the system's randomness.
    static func entry(_ name: String) throws -> SecretValue {
        guard Keyring.isName(name) else {
            throw ValidationError("--name takes up to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`")
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<Keyring.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator)
        }
        let line = Keyring.line(name: name, created: SystemTimekeeper().now(), bytes)
        return line.withExposed { SecretValue($0 + "\n") }
    }

    static func write(_ text: SecretValue, to file: String, replacing: Bool) throws {
        do throws(SecretStoreError) {
            try writePrivateFile(text, to: file, replacing: replacing)
        } catch {
            Terminal.error("\(error)")
            throw Exit.failed
        }
    }
}
