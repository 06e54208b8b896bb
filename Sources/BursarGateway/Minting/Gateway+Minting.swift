internal import BursarCore

extension Gateway {
    func mintKey(
        in workspace: WorkspaceID, _ request: GatewayRequest, _ route: Route
    ) async throws(Problem) -> GatewayResponse {
        let bytes = try await request.body(upTo: route.endpoint.shape.bodyLimit)
        if !bytes.isEmpty { _ = try JSONBody(bytes, allowed: []) }
        let minted = try await minting.mint(
            in: workspace, request: try Self.idempotencyKey(request), named: request.namedID)
        var response = minted.value.withExposed { value in
            GatewayResponse.json(.object([("virtual_key", .string(value))]))
        }
        if minted.unretired > 0 {
            response.note = "\(minted.unretired) replaced keys have no end yet; LiteLLM refused"
        }
        return response
    }

    private static func idempotencyKey(_ request: GatewayRequest) throws(Problem) -> String? {
        guard let header = request.header("idempotency-key") else { return nil }
        let text = header.withExposed { $0 }
        guard (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ (32..<127).contains($0) })
        else { throw .invalidName("an Idempotency-Key is 1 to 255 characters of ASCII") }
        return text
    }
}
