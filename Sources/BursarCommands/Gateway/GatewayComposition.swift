internal import BursarCore
internal import BursarEngine
internal import BursarGateway
internal import BursarHTTP
internal import BursarLiteLLM
internal import BursarManifest
internal import FoundationEssentials

/// Makes the gateway of its own file and the environment.
struct GatewayComposition {
    let settings: GatewaySettings
    let database: GatewayDatabase
    let sealing: SealingKey
    /// `nil`: there is no webhook.
    let webhookToken: SecretValue?
    let liteLLM: LiteLLMIssuer
    let transport: CurlTransport
    let time: SystemTimekeeper

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
        self = try reporting { () throws(SetupProblem) in try GatewayComposition(settings) }
    }

    private init(_ settings: GatewaySettings) throws(SetupProblem) {
        self.settings = settings
        time = SystemTimekeeper()
        let environment = ProcessInfo.processInfo.environment
        let (sealing, place) = try Self.sealingKey(settings, environment)
        self.sealing = sealing
        do throws(StoreFault) {
            database = try GatewayDatabase(
                path: settings.path(settings.database), of: settings.name)
            try database.bind(to: sealing, from: place)
        } catch { throw SetupProblem(error.description) }
        webhookToken = try settings.webhookTokenFile.map { (file) throws(SetupProblem) in
            try Self.webhookToken(inFile: settings.path(file))
        }
        let masterKey = SecretValue(environment["LITELLM_MASTER_KEY"] ?? "")
        guard !masterKey.isEmpty else {
            throw SetupProblem("no master key: set LITELLM_MASTER_KEY")
        }
        var configuration = CurlTransport.Configuration(
            caFile: environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 })
        // Somebody waits for the answer.
        configuration.connectTimeoutMilliseconds = 3_000
        configuration.timeoutMilliseconds = 15_000
        transport = CurlTransport(configuration)
        liteLLM = LiteLLMIssuer(
            transport: transport, url: settings.liteLLMURL, masterKey: masterKey, time: time)
    }

    func gateway(onRequest: @escaping @Sendable (Gateway.Access) -> Void) -> Gateway {
        Gateway(
            settings: settings, database: database, sealing: sealing,
            webhookToken: webhookToken, liteLLM: liteLLM, transport: transport, time: time,
            onRequest: onRequest)
    }

    var usageSweep: UsageSweep {
        UsageSweep(
            log: liteLLM, issuer: liteLLM, database: database, settings: settings, time: time)
    }

    private static func webhookToken(inFile path: String) throws(SetupProblem) -> SecretValue {
        let text = try secret(inFile: path, called: "spec.webhook.tokenFile")
        let words = text.withExposed { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
        guard words.count == 1, (16...256).contains(words[0].utf8.count),
            words[0].utf8.allSatisfy({ byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                    || byte == 45 || byte == 95
            })
        else {
            throw SetupProblem(
                "the webhook's token in \(path) is not 16 or more of a-z, A-Z, 0-9, `-` and `_`"
                    + "\n  = help: make one with `(umask 077; openssl rand -hex 24 > webhook.token)`"
            )
        }
        return SecretValue(words[0])
    }

    /// - Returns: also where it stands, for messages.
    private static func sealingKey(
        _ settings: GatewaySettings, _ environment: [String: String]
    ) throws(SetupProblem) -> (SealingKey, place: String) {
        let place: String
        let text: SecretValue
        if let file = settings.sealingKeyFile {
            place = settings.path(file)
            text = try secret(inFile: place, called: "spec.sealing.keyFile")
        } else {
            place = "BURSAR_SEALING_KEY"
            text = SecretValue(environment[place] ?? "")
        }
        guard !text.isEmpty else {
            throw SetupProblem(
                "no sealing key: name a file with spec.sealing.keyFile, or set BURSAR_SEALING_KEY"
                    + "\n  = help: make one with `(umask 077; openssl rand -base64 32 > gateway.key)`"
            )
        }
        guard let key = SealingKey(base64: text) else {
            throw SetupProblem(
                "the sealing key in \(place) is not \(SealingKey.byteCount) bytes in base64"
                    + "\n  = help: make one with `(umask 077; openssl rand -base64 32 > gateway.key)`"
            )
        }
        return (key, place)
    }

    private static func secret(
        inFile path: String, called name: String
    ) throws(SetupProblem) -> SecretValue {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else { throw SetupProblem("\(name): the file \(path) cannot be read") }
        return SecretValue(text)
    }
}
