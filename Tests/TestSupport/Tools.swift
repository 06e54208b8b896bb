package import Foundation

/// Programs from PyPI that `.ci/tools` installs; absent, what needs them is skipped.
package enum Tools {
    package static let folder = ProcessInfo.processInfo.environment["BURSAR_TEST_TOOLS"]
    /// The folder of a Python that has what `examples/app` needs.
    package static let app = ProcessInfo.processInfo.environment["BURSAR_TEST_APP"]

    /// - Parameter input: the path of what it reads.
    package static func run(_ name: String, _ arguments: [String], input: String? = nil) throws -> (
        status: Int32, output: Data
    ) {
        let process = Process()
        process.executableURL = URL(filePath: "\(folder ?? "")/\(name)")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) }
            ?? FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// The files that a schema refuses.
    package static func refused(_ files: [String], by schema: String) throws -> Set<String> {
        struct Report: Decodable {
            struct Row: Decodable { let filename: String }
            let errors: [Row]
            /// Not there where every file is taken.
            let parse_errors: [Row]?
        }
        let run = try run(
            "check-jsonschema", ["--output-format", "json", "--schemafile", schema] + files)
        let report = try JSONDecoder().decode(Report.self, from: run.output)
        return Set((report.errors + (report.parse_errors ?? [])).map(\.filename))
    }
}
