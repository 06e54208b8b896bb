internal import BursarCore
internal import BursarEngine
internal import BursarGateway
internal import BursarManifest
internal import FoundationEssentials

/// Makes the gateway of its own file and the environment.
struct GatewayComposition {
    let settings: GatewaySettings
    let database: GatewayDatabase
    let time = SystemTimekeeper()

    /// Prints what is wrong with it, and ends the process then.
    init(file path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            Terminal.error("\(path) cannot be read\n  = help: name the gateway's own file with -f")
            throw Exit.failed
        }
        let (settings, diagnostics) = GatewayFile.load(
            ManifestFile(path: path, bytes: Array(data)))
        if !diagnostics.isEmpty {
            Terminal.note(render(diagnostics, color: Terminal.colorErrors))
        }
        guard let settings else { throw Exit.failed }
        self.settings = settings
        do {
            database = try GatewayDatabase(
                path: settings.path(settings.database), of: settings.name)
        } catch {
            Terminal.error(error.description)
            throw Exit.failed
        }
    }

    func gateway(onRequest: @escaping @Sendable (Gateway.Access) -> Void) throws -> Gateway {
        Gateway(settings: settings, database: database, time: time, onRequest: onRequest)
    }
}
