/// What a document of `kind: Gateway` says.
package struct GatewaySettings: Hashable, Sendable {
    /// Which tokens are taken, and where what they permit stands in them.
    package struct Tokens: Hashable, Sendable {
        package let issuer: String
        package let audience: String
        package let jwksURL: String
        /// A member of the token, or a path of members with points between.
        package let permissionsClaim: String

        package init(
            issuer: String, audience: String, jwksURL: String,
            permissionsClaim: String = defaultPermissionsClaim
        ) {
            self.issuer = issuer
            self.audience = audience
            self.jwksURL = jwksURL
            self.permissionsClaim = permissionsClaim
        }
    }

    package var name: String
    /// The file it stands in; relative paths in it are relative to its directory.
    package var file: String
    package var listen: ListenAddress
    package var database: String
    package var liteLLMURL: String
    /// `nil`: the sealing key comes from the environment.
    package var sealingKeyFile: String?
    package var tokens: Tokens
    /// `nil`: there is no webhook.
    package var webhookTokenFile: String?
    /// The workspaces that an account pays for, each in one account, by ascending id.
    package var accounts: [String: [WorkspaceID]]
    package var rates: RateCard

    package init(
        name: String, file: String, listen: ListenAddress = .standard,
        database: String = defaultDatabase, liteLLMURL: String, sealingKeyFile: String? = nil,
        tokens: Tokens, webhookTokenFile: String? = nil, accounts: [String: [WorkspaceID]] = [:],
        rates: RateCard = .standard
    ) {
        self.name = name
        self.file = file
        self.listen = listen
        self.database = database
        self.liteLLMURL = liteLLMURL
        self.sealingKeyFile = sealingKeyFile
        self.tokens = tokens
        self.webhookTokenFile = webhookTokenFile
        self.accounts = accounts
        self.rates = rates
    }

    package static let defaultPermissionsClaim = "workspaces"
    package static let defaultDatabase = "./gateway.sqlite"

    /// A path of the file, from where the process runs.
    package func path(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}

/// Where a server takes connections: `127.0.0.1:8080`, `[::1]:8080`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    /// 0 for any free one.
    package let port: Int

    package static let standard = ListenAddress(host: "127.0.0.1", port: 8080)

    private init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `nil` unless `text` is a host, a colon and a port; an IPv6 address stands in brackets.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte),
            (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        self.init(host: String(host), port: port)
    }

    package func with(port: Int) -> ListenAddress { ListenAddress(host: host, port: port) }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...58, 65...90, 97...122, 45, 46: true
        default: false
        }
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
