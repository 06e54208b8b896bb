internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarGroundfloor
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

/// What a command does to LiteLLM; says whose key it takes.
enum Access {
    /// `LITELLM_PLAN_KEY` goes before the master key.
    case reads
    /// The master key alone.
    case writes
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
    let registry: any ModelRegistry
    let inventory: any Inventory
    let store: any SecretStore
    /// The directory in which the published keys stand, `<workspace>/<NAME>`; `nil`: a program keeps
    /// them.
    let keysDirectory: String?
    let time: SystemTimekeeper
    let transport: CurlTransport

    let keyring: Keyring?
    /// Of provider secrets.
    let reader: any ValueReader

    /// Prints what is wrong with it, and ends the process then.
    func pruning(asked: Bool = false) throws -> Pruning? {
        try reporting { () throws(SetupProblem) in
            try Pruning(asked: asked, configuration)
        }
    }

    /// - Parameter comparing: the sources of provider secrets are read.
    func reconciler(
        command: RotationCommand? = nil, pruning: Pruning? = nil, comparing: Bool = false
    ) -> Reconciler {
        let policy = PlanPolicy(
            owner: configuration.owner, keyCacheTTL: configuration.liteLLM.keyCacheTTL,
            keyring: configuration.issuer == .liteLLM ? keyring?.current.name : nil,
            issuer: configuration.issuer, rotations: configuration.apply.limits.rotations,
            command: command, pruning: pruning)
        return Reconciler(
            issuer: issuer, store: store, time: time, policy: policy, keyring: keyring,
            reader: comparing ? reader : nil)
    }

    /// - Parameter concurrency: `nil`: the configuration's.
    func executor(
        concurrency: Int?, stop: StopFlag, audit: AuditFile?,
        observe: @escaping @Sendable (Event) -> Void
    ) -> Executor {
        Executor(
            issuer: issuer, store: store, time: time, owner: configuration.owner.name,
            concurrency: concurrency ?? configuration.apply.concurrency, values: .from(keyring),
            reader: reader, registry: registry, stop: stop, audit: audit, observe: observe)
    }

    /// Prints what is wrong with it, and ends the process then.
    init(
        _ loaded: Loaded, _ options: ConnectionOptions, _ source: DirectorySource,
        for access: Access, mints: Bool = true
    ) throws {
        self = try reporting { () throws(SetupProblem) in
            try Composition(of: loaded, options, source, for: access, mints: mints)
        }
    }

    /// - Parameter mints: `false`: nothing is derived, so no keyring is read.
    init(
        of loaded: Loaded, _ options: ConnectionOptions, _ source: DirectorySource,
        for access: Access, mints: Bool = true
    ) throws(SetupProblem) {
        guard let configuration = loaded.configuration else {
            throw SetupProblem(
                "no valid \(source.configurationPath): it names the owner and the secret store")
        }
        self.configuration = configuration
        time = SystemTimekeeper()
        let environment = ProcessInfo.processInfo.environment
        let connection = try Self.liteLLM(configuration, options, for: access)
        transport = connection.transport
        // Who only reads needs no token, who only ends keys neither.
        issuer =
            configuration.issuer == .groundfloor && access == .writes && mints
            ? GroundfloorIssuer(
                connection.issuer, try Self.controlPlane(configuration, options, environment))
            : connection.issuer
        registry = connection.issuer
        inventory = connection.issuer
        keyring = mints ? try KeyringFile.fromEnvironment() : nil
        reader = ProviderSources(
            configuration.providerSources, directory: source.root, environment: environment,
            identity: Self.identity(environment), time: time)
        (store, keysDirectory) = try Self.store(
            configuration, loaded.desired, options, connection.issuer, environment)
        if access == .writes { try Self.checkRecipients(of: configuration) }
        if access == .writes, mints { try Self.checkDirectory(store) }
    }

    struct Connection {
        let issuer: LiteLLMIssuer
        let transport: CurlTransport
        /// The variable or the setting that the key comes from.
        let keyName: String
    }

    private static func identity(_ environment: [String: String]) -> ProviderSources.Identity? {
        if let text = environment["BURSAR_AGE_IDENTITY"], !text.isEmpty {
            return .text(SecretValue(text))
        }
        guard let file = environment["BURSAR_AGE_IDENTITY_FILE"], !file.isEmpty else { return nil }
        return .file(
            file.hasPrefix("/") ? file : FileManager.default.currentDirectoryPath + "/" + file)
    }

    /// - Throws: what is wrong with the URL, the key or the file of authorities.
    static func liteLLM(
        _ configuration: Configuration, _ options: ConnectionOptions, for access: Access
    ) throws(SetupProblem) -> Connection {
        let endpoint = try endpoint(
            configuration, options, for: access, ProcessInfo.processInfo.environment)
        let transport = CurlTransport(.init(caFile: endpoint.caFile))
        let issuer = LiteLLMIssuer(
            transport: transport, url: endpoint.url, masterKey: endpoint.key.value,
            time: SystemTimekeeper())
        return Connection(issuer: issuer, transport: transport, keyName: endpoint.key.name)
    }

    private struct NamedKey {
        let name: String
        let value: SecretValue
    }

    private struct Endpoint {
        let url: String
        let key: NamedKey
        let caFile: String?
    }

    /// A credential from the environment is sent only to a URL from the environment or a flag, and
    /// only past a certificate that the machine or a flag trusts, so that a pull request that edits
    /// bursar.yaml cannot send it elsewhere.
    private static func endpoint(
        _ configuration: Configuration, _ options: ConnectionOptions, for access: Access,
        _ environment: [String: String]
    ) throws(SetupProblem) -> Endpoint {
        // This one stands for the system's authorities: what is named for LiteLLM goes before it.
        let system = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        let trusted =
            options.litellmUrl
            ?? ["BURSAR_LITELLM_URL", "LITELLM_URL", "LITELLM_BASE_URL"]
            .compactMap { environment[$0] }.first { !$0.isEmpty }
        let fromFile = try configuration.liteLLM.masterKeyFile.map { path throws(SetupProblem) in
            NamedKey(
                name: "masterKeyFile",
                value: try secret(
                    inFile: relative(path, to: configuration.file), called: "masterKeyFile"))
        }
        if let trusted {
            guard let key = key(environment, for: access) ?? fromFile else {
                throw noKey(environment, for: access)
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

    /// Of the environment. A variable that CI sets to nothing is not set.
    private static func key(_ environment: [String: String], for access: Access) -> NamedKey? {
        for name in access == .reads ? [planKey, masterKey] : [masterKey] {
            guard let text = environment[name], !text.isEmpty else { continue }
            return NamedKey(name: name, value: SecretValue(text))
        }
        return nil
    }

    private static let (masterKey, planKey) = ("LITELLM_MASTER_KEY", "LITELLM_PLAN_KEY")

    private static func noKey(
        _ environment: [String: String], for access: Access
    ) -> SetupProblem {
        switch access {
        case .reads:
            SetupProblem(
                "no master key: set \(masterKey), or \(planKey), which is enough for what only reads"
            )
        case .writes where environment[planKey]?.isEmpty == false:
            SetupProblem("no master key: \(planKey) only reads; set \(masterKey)")
        case .writes: SetupProblem("no master key: set \(masterKey)")
        }
    }

    /// - Parameter issuer: knows names of secrets that a Control Plane does not list.
    static func store(
        _ configuration: Configuration, _ desired: DesiredState, _ options: ConnectionOptions,
        _ issuer: (any Issuer)?,
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SetupProblem) -> (any SecretStore, directory: String?) {
        let (path, recipients, group, mode): (String, [String], String?, UInt32?)
        switch configuration.secrets {
        case .directory(let named, let ages, let owners, let bits):
            (path, recipients, group, mode) = (named, ages, owners, bits)
        case .exec(let command):
            let store = ExecSecretStore(
                command: command, directory: folder(of: configuration.file),
                time: SystemTimekeeper())
            return (store, nil)
        case .groundfloor:
            let controlPlane = try controlPlane(configuration, options, environment)
            return (secrets(in: controlPlane, of: desired, issuer), nil)
        }
        // The operator's word goes before that of the repository.
        let named = environment["BURSAR_SECRETS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
        switch checkPlacement(
            path: named ?? path, configurationDirectory: folder(of: configuration.file),
            isCI: !(environment["CI"] ?? "").isEmpty, encrypted: !recipients.isEmpty)
        {
        case .success(let absolute):
            let store = DirectorySecretStore(
                path: absolute, group: group, mode: mode,
                recipients: Self.recipients(of: configuration))
            return (store, absolute)
        case .failure(let refusal):
            let name = named == nil ? "spec.secrets.directory.path" : "BURSAR_SECRETS_DIRECTORY"
            throw SetupProblem("\(name): \(refusal.message)")
        }
    }

    /// - Parameter name: the setting that names the file.
    static func secret(
        inFile path: String, called name: String
    ) throws(SetupProblem) -> SecretValue {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else { throw SetupProblem("\(name) \(path) cannot be read") }
        let word = text.split(whereSeparator: \.isWhitespace).first ?? ""
        // /proc/self/environ has a NUL after each variable: it would send one of the environment.
        guard !word.isEmpty, word.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw SetupProblem("\(name) \(path) holds no key")
        }
        return SecretValue(String(word))
    }

    static func relative(_ path: String, to file: String) -> String {
        path.hasPrefix("/") ? path : folder(of: file) + "/" + path
    }

    private static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }
}
