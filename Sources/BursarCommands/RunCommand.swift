internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest
internal import Glibc
internal import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Applies again and again: at every interval, on SIGHUP, when a key falls due.",
        discussion: """
            Reads the directory anew at every run. A workspace that fails is left out for a while, the \
            others go on; a tripped limit holds only its own class of change. SIGHUP reconciles at \
            once; SIGTERM and SIGINT finish the operations in hand, a second one aborts.

            EXAMPLE: bursar run examples/quickstart --log-format json
            """)

    @OptionGroup var place: DirectoryOptions

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "Append a JSON line to this file before and after every operation.")
    var audit: String?

    @Option(help: "human or json; the log goes to standard error.")
    var logFormat = RunLog.Format.human

    func run() async throws {
        let loaded = loadSource(place.source)
        // A set-up that cannot work is said at once, not in a log that somebody may read later.
        let parts = try Composition(loaded, connection, place.source, for: .writes)
        _ = try parts.pruning()
        let file = try openAudit(audit)
        let log = RunLog(logFormat)
        // Trapped before anything is begun, so that no signal of ours ends the process.
        let signals = await UnixSignalsSequence(trapping: [.sighup, .sigint, .sigterm])
        log.start(parts.configuration, directory: place.directory)
        let (source, connection) = (place.source, connection)
        let service = ReconcileService(
            time: parts.time,
            load: { source.load() },
            compose: { Self.parts(of: $0, connection, source, file) },
            observe: { log.write($1, run: $0) },
            abort: { Glibc.exit(130) })
        await service.run(signals: signals.map { $0 == .sighup ? .hangup : .terminate })
    }

    /// Anew for every run, so that an edited configuration, keyring or key file counts.
    private static func parts(
        of loaded: Loaded, _ connection: ConnectionOptions, _ source: DirectorySource,
        _ file: AuditFile?
    ) -> Result<ReconcileService.Parts, ReconcileService.Unusable> {
        do throws(SetupProblem) {
            let parts = try Composition(of: loaded, connection, source, for: .writes)
            return .success(
                ReconcileService.Parts(
                    reconciler: parts.reconciler(
                        pruning: try Pruning(parts.configuration), comparing: true),
                    limits: LimitSettings(parts.configuration.apply, now: parts.time.now()),
                    interval: parts.configuration.controller.interval
                ) { stop, observe in
                    parts.executor(concurrency: nil, stop: stop, audit: file, observe: observe)
                })
        } catch {
            return .failure(ReconcileService.Unusable(error.description))
        }
    }
}
