internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import FoundationEssentials
internal import Logging

/// The controller's log: a line an event on standard error, each with the id of its run.
struct RunLog: Sendable {
    enum Format: String, ExpressibleByArgument, CaseIterable { case human, json }

    private let logger: Logger
    /// Of this process: runs of two controllers must not look like one.
    private let process: String

    init(_ format: Format) {
        let id = String(UInt32.random(in: 0 ... .max), radix: 16)
        process = String(repeating: "0", count: 8 - id.count) + id
        var logger = Logger(label: "bursar") { _ in LineHandler(format: format) }
        logger.logLevel = .info
        self.logger = logger
    }

    func start(_ configuration: Configuration, directory: String) {
        logger.info(
            "\(BuildVersion.text) of \(configuration.owner.name) reads \(directory), every \(configuration.controller.interval)",
            metadata: ["run": "\(process)-0"])
    }

    func write(_ event: LoopEvent, run: Int) {
        var metadata: Logger.Metadata = ["run": "\(process)-\(run)"]
        if let workspace = event.workspace { metadata["workspace"] = "\(workspace)" }
        logger.log(level: Self.level(event.level), "\(event.message)", metadata: metadata)
    }

    private static func level(_ level: LoopEvent.Level) -> Logger.Level {
        switch level {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}

/// Text as it is read in a terminal or by journald, or JSON lines.
private struct LineHandler: LogHandler {
    let format: RunLog.Format
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        let at = SystemTimekeeper().now().description
        let level = event.level.rawValue
        let message = event.message.description
        switch format {
        case .human:
            let run = fields.removeValue(forKey: "run") ?? "-"
            let rest = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            Terminal.note(
                VisibleText.escape("\(at) \(level) run=\(run)\(rest): \(message)"))
        case .json:
            fields["at"] = at
            fields["level"] = level
            fields["message"] = message
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(fields) else {
                preconditionFailure("a line is made of text alone")
            }
            Terminal.note(String(decoding: data, as: UTF8.self))
        }
    }
}
