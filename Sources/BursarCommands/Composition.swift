internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarHTTP
internal import BursarLiteLLM
internal import BursarManifest
internal import BursarStores
internal import FoundationEssentials

struct ConnectionOptions: ParsableArguments {
    @Option(help: "LiteLLM's URL; also LITELLM_URL. The key comes from LITELLM_MASTER_KEY.")
    var litellmUrl: String?

    @Option(help: "PEM file of certificate authorities; also SSL_CERT_FILE.")
    var caFile: String?
}

/// What is wrong with the configuration, the environment or a file they name, in a sentence.
struct SetupProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The only place that makes adapters, from flags, environment and configuration, in this order.
struct Composition {
    let configuration: Configuration
    let issuer: any Issuer
    let inventory: any Inventory
    let store: any SecretStore
    /// The directory in which the published keys stand, `<workspace>/<NAME>`.
    let keysDirectory: String
    let time: SystemTimekeeper
    let transport: CurlTransport

    let keyring: Keyring?

    /// Prints what is wrong with it, and ends the process then.
    func pruning(asked: Bool = false) throws -> Pruning? {
        try reporting { () throws(SetupProblem) in
            try Pruning(asked: asked, configuration)
        }
    }

    func reconciler(command: RotationCommand? = nil, pruning: Pruning? = nil) -> Reconciler {
        let policy = PlanPolicy(
            owner: configuration.owner, keyCacheTTL: configuration.liteLLM.keyCacheTTL,
            keyring: keyring?.current.name, rotations: configuration.apply.limits.rotations,
            command: command, pruning: pruning)
        return Reconciler(
            issuer: issuer, store: store, time: time, policy: policy, keyring: keyring)
    }

    /// - Parameter concurrency: `nil`: the configuration's.
    func executor(
        concurrency: Int?, stop: StopFlag, audit: AuditFile?,
        observe: @escaping @Sendable (Event) -> Void
    ) -> Executor {
        Executor(
            issuer: issuer, store: store, time: time, owner: configuration.owner.name,
            concurrency: concurrency ?? configuration.apply.concurrency, values: .from(keyring),
            stop: stop, audit: audit, observe: observe)
    }

    /// Prints what is wrong with it, and ends the process then.
    init(
        _ loaded: Loaded, _ options: ConnectionOptions, directory: String, mints: Bool = true
    ) throws {
        self = try reporting { () throws(SetupProblem) in
            try Composition(of: loaded, options, directory: directory, mints: mints)
        }
    }

    /// - Parameter mints: `false`: nothing is derived, so no keyring is read.
    init(
        of loaded: Loaded, _ options: ConnectionOptions, directory: String, mints: Bool = true
    ) throws(SetupProblem) {
        guard let configuration = loaded.configuration else {
            throw SetupProblem(
                "no valid bursar.yaml in \(directory): it names the owner and the secret store")
        }
        self.configuration = configuration
        time = SystemTimekeeper()
        let environment = ProcessInfo.processInfo.environment
        let (liteLLM, transport) = try Self.liteLLM(configuration, options)
        self.transport = transport
        issuer = liteLLM
        inventory = liteLLM
        keyring = mints ? try KeyringFile.fromEnvironment() : nil
        (store, keysDirectory) = try Self.store(configuration, directory: directory, environment)
    }

    /// - Throws: what is wrong with the URL, the key or the file of authorities.
    static func liteLLM(
        _ configuration: Configuration, _ options: ConnectionOptions
    ) throws(SetupProblem) -> (LiteLLMIssuer, CurlTransport) {
        let endpoint = try endpoint(
            configuration, options, ProcessInfo.processInfo.environment)
        let transport = CurlTransport(.init(caFile: endpoint.caFile))
        let issuer = LiteLLMIssuer(
            transport: transport, url: endpoint.url, masterKey: endpoint.key,
            time: SystemTimekeeper())
        return (issuer, transport)
    }

    private struct Endpoint {
        let url: String
        let key: SecretValue
        let caFile: String?
    }

    /// A credential from the environment is sent only to a URL from the environment or a flag, and
    /// only past a certificate that the machine or a flag trusts, so that a pull request that edits
    /// bursar.yaml cannot send it elsewhere.
    private static func endpoint(
        _ configuration: Configuration, _ options: ConnectionOptions,
        _ environment: [String: String]
    ) throws(SetupProblem) -> Endpoint {
        // This one stands for the system's authorities: what is named for LiteLLM goes before it.
        let system = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        let trusted =
            options.litellmUrl ?? environment["BURSAR_LITELLM_URL"] ?? environment["LITELLM_URL"]
            ?? environment["LITELLM_BASE_URL"]
        let fromFile = try configuration.liteLLM.masterKeyFile.map { path throws(SetupProblem) in
            try secret(inFile: relative(path, to: configuration.file))
        }
        if let trusted {
            let key = environment["LITELLM_MASTER_KEY"].map(SecretValue.init) ?? fromFile
            guard let key, !key.isEmpty else {
                throw SetupProblem("no master key: set LITELLM_MASTER_KEY")
            }
            return Endpoint(url: trusted, key: key, caFile: options.caFile ?? system)
        }
        guard let url = configuration.liteLLM.url else {
            throw SetupProblem("no LiteLLM: set LITELLM_URL and LITELLM_MASTER_KEY")
        }
        guard let fromFile else {
            throw SetupProblem(
                "spec.litellm.url of \(configuration.file) goes with spec.litellm.masterKeyFile; "
                    + "a key from the environment is only sent to LITELLM_URL or --litellm-url")
        }
        let caFile = configuration.liteLLM.caFile.map { relative($0, to: configuration.file) }
        return Endpoint(url: url, key: fromFile, caFile: options.caFile ?? caFile ?? system)
    }

    static func store(
        _ configuration: Configuration, directory: String,
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SetupProblem) -> (any SecretStore, directory: String) {
        guard case .directory(let path, let recipients, let group, let mode) = configuration.secrets
        else { throw SetupProblem("spec.secrets: this version keeps secrets in a directory only") }
        guard recipients.isEmpty else {
            throw SetupProblem("spec.secrets.directory.recipients: not supported by this version")
        }
        // The operator's word goes before that of the repository.
        let named = environment["BURSAR_SECRETS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
        switch checkPlacement(
            path: named ?? path, configurationDirectory: directory,
            isCI: !(environment["CI"] ?? "").isEmpty)
        {
        case .success(let absolute):
            return (DirectorySecretStore(path: absolute, group: group, mode: mode), absolute)
        case .failure(let refusal):
            let name = named == nil ? "spec.secrets.directory.path" : "BURSAR_SECRETS_DIRECTORY"
            throw SetupProblem("\(name): \(refusal.message)")
        }
    }

    private static func secret(inFile path: String) throws(SetupProblem) -> SecretValue {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else { throw SetupProblem("masterKeyFile \(path) cannot be read") }
        return SecretValue(String(text.split(whereSeparator: \.isWhitespace).first ?? ""))
    }

    private static func relative(_ path: String, to file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}
