internal import BursarCore
internal import BursarEngine

/// In bytes.
enum SecretLimits {
    static let value = 64 * 1024
    static let description = 4 * 1024
}

extension Gateway {
    func listSecrets(of workspace: WorkspaceID) async throws(Problem) -> GatewayResponse {
        let entries = try await stored { () throws(StoreFault) in
            try await database.secrets(of: workspace)
        }
        return .json(.object([("secrets", .array(entries.map(Self.json)))]))
    }

    func showSecret(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(Problem) -> GatewayResponse {
        let entry = try await stored { () throws(StoreFault) in
            try await database.secret(name, of: workspace)
        }
        guard let entry else { throw .notFound("no secret \(name) in the workspace \(workspace)") }
        return .json(Self.json(entry))
    }

    /// 201 where it is new, 200 where it took the place of another.
    func putSecret(
        _ name: SecretName, of workspace: WorkspaceID, _ bytes: [UInt8]
    ) async throws(Problem) -> GatewayResponse {
        let body = try JSONBody(bytes, allowed: ["value", "description"])
        guard let value = try body.text("value", upTo: SecretLimits.value), !value.isEmpty else {
            throw .invalidBody("`value` is missing")
        }
        let description = try body.text("description", upTo: SecretLimits.description) ?? ""
        let sealed = sealing.seal(SecretValue(value), of: [workspace.text, name.text])
        let entry = try await stored { () throws(StoreFault) in
            try await database.put(sealed, description, as: name, of: workspace, at: time.now())
        }
        return .json(Self.json(entry), status: entry.createdAt == entry.updatedAt ? 201 : 200)
    }

    func deleteSecret(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(Problem) -> GatewayResponse {
        let wasThere = try await stored { () throws(StoreFault) in
            try await database.removeSecret(name, of: workspace)
        }
        guard wasThere else {
            throw .notFound("no secret \(name) in the workspace \(workspace)")
        }
        return GatewayResponse(status: 204, headers: [:], body: [])
    }

    private static func json(_ entry: SecretEntry) -> JSONText {
        .object([
            ("name", .string(entry.name.text)), ("description", .string(entry.description)),
            ("created_at", .time(entry.createdAt)), ("updated_at", .time(entry.updatedAt)),
        ])
    }
}
