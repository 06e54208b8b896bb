internal import BursarCore
internal import BursarEngine
internal import BursarGroundfloor
internal import BursarHTTP
internal import FoundationEssentials

extension Composition {
    /// Which variables or settings say what, for messages.
    private enum Name {
        static let url = "CONTROL_PLANE_URL"
        static let tokenURL = "KEYCLOAK_TOKEN_URL"
        static let clientID = "KEYCLOAK_CLIENT_ID"
        static let secret = "KEYCLOAK_CLIENT_SECRET"
        static let scope = "KEYCLOAK_SCOPE"
    }

    /// The environment goes before the file. A secret from the environment, and the token that it
    /// brings, is sent only to URLs from the environment, so that a pull request that edits
    /// bursar.yaml cannot send it elsewhere.
    static func controlPlane(
        _ configuration: Configuration, _ options: ConnectionOptions,
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SetupProblem) -> ControlPlane {
        func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let named = configuration.controlPlane
        let urls = (plane: set(Name.url), token: set(Name.tokenURL))
        guard let url = urls.plane ?? named.url else {
            throw SetupProblem(
                "no Control Plane: set \(Name.url), or spec.controlPlane.url of \(configuration.file)"
            )
        }
        guard let tokenURL = urls.token ?? named.tokenURL else {
            throw SetupProblem(
                "no token URL: set \(Name.tokenURL), or spec.controlPlane.keycloak.tokenURL of "
                    + configuration.file)
        }
        let isOfEnvironment = urls.plane != nil && urls.token != nil
        let secret = try clientSecret(
            configuration, isOfEnvironment ? set(Name.secret) : nil,
            isOfEnvironment: isOfEnvironment)
        let transport = CurlTransport(.init(caFile: options.caFile ?? set("SSL_CERT_FILE")))
        return ControlPlane(
            transport: transport, url: url,
            credentials: ClientCredentials(
                tokenURL: tokenURL,
                clientID: set(Name.clientID) ?? named.clientID
                    ?? Configuration.ControlPlane.defaultClientID,
                secret: secret, scope: set(Name.scope) ?? named.scope),
            time: SystemTimekeeper())
    }

    /// - Parameter ofEnvironment: the one that may be used.
    private static func clientSecret(
        _ configuration: Configuration, _ ofEnvironment: String?, isOfEnvironment: Bool
    ) throws(SetupProblem) -> SecretValue {
        if let ofEnvironment { return SecretValue(ofEnvironment) }
        if let path = configuration.controlPlane.clientSecretFile {
            return try secret(
                inFile: relative(path, to: configuration.file), called: "clientSecretFile")
        }
        guard !isOfEnvironment else {
            throw SetupProblem("no client secret: set \(Name.secret)")
        }
        throw SetupProblem(
            "a URL of spec.controlPlane of \(configuration.file) goes with "
                + "spec.controlPlane.keycloak.clientSecretFile; a secret from the environment is only "
                + "used where \(Name.url) and \(Name.tokenURL) are set, both")
    }

    /// The Control Plane's Secrets. Where it does not list them, the names come from the manifests, and
    /// from the team, which remembers every key there ever was.
    static func secrets(
        in controlPlane: ControlPlane, of desired: DesiredState, _ issuer: (any Issuer)?
    ) -> GroundfloorSecretStore {
        let named = Dictionary(
            desired.workspaces.map { workspace in
                let keys = workspace.keys.map(\.secret)
                return (workspace.id, Set(keys + workspace.providerSecrets.map(\.name)))
            }, uniquingKeysWith: { $0.union($1) })
        return GroundfloorSecretStore(controlPlane) { workspace throws(SecretStoreError) in
            let team: ObservedTeam?
            do throws(IssuerError) { team = try await issuer?.team(workspace) } catch {
                throw .unreachable("the names of its secrets cannot be read: \(error)")
            }
            return (named[workspace] ?? []).union(team?.mark?.generations.keys.map(\.self) ?? [])
        }
    }
}
