internal import BursarCore
internal import BursarEngine

/// Sends calls, tries again what that can mend, and reads the answers.
struct LiteLLMClient: Sendable {
    let transport: any Transport
    /// Without a slash at its end.
    let url: String
    let masterKey: SecretValue
    let time: any Timekeeper
    var backoff = Backoff.standard

    /// The answer's body, its status having been a success.
    /// - Throws: `.cancelled` also when cancelled between two attempts.
    func send(_ call: LiteLLMCall) async throws(IssuerError) -> [UInt8] {
        let request = try httpRequest(call)
        var failed = 0
        while true {
            let failure: IssuerError
            let mayRetry: Bool
            do throws(TransportError) {
                let response = try await transport.send(request)
                guard !(200..<300).contains(response.status) else { return response.body }
                failure = LiteLLMFailure(response, to: call, scrubber: scrubber(for: call)).error
                mayRetry = Self.isTransient(response.status, call.method)
            } catch {
                guard error != .cancelled else { throw .cancelled }
                failure = .unreachable(error)
                mayRetry = true
            }
            failed += 1
            guard mayRetry,
                let wait = backoff.wait(
                    afterFailed: failed, failure.disposition, random: time.random())
            else { throw failure }
            do { try await time.sleep(milliseconds: wait) } catch { throw .cancelled }
        }
    }

    /// Sends and decodes. What is not JSON of that shape is `.malformed`, a web page `.notLiteLLM`.
    func send<Answer: WireDecodable>(
        _ call: LiteLLMCall, _ type: Answer.Type
    ) async throws(IssuerError) -> Answer {
        try Self.decode(try await send(call), of: call, type)
    }

    static func decode<Answer: WireDecodable>(
        _ body: [UInt8], of call: LiteLLMCall, _ type: Answer.Type
    ) throws(IssuerError) -> Answer {
        do throws(JSONReader.Fault) { return try Answer(bytes: body) } catch {
            if LiteLLMFailure.isHTML(body) {
                throw .notLiteLLM("\(call.name) answers with a web page")
            }
            // Where in the answer, never what stands there.
            let place = error.path.isEmpty ? "" : ", at " + error.path.joined(separator: ".")
            throw .malformed("\(call.name)\(place)")
        }
    }

    /// A 500 of a write may be LiteLLM's way to refuse it, and is not tried again.
    private static func isTransient(_ status: Int, _ method: HTTPRequest.Method) -> Bool {
        switch status {
        case 429, 502, 503, 504: true
        case 500: method == .get
        default: false
        }
    }

    private func scrubber(for call: LiteLLMCall) -> Scrubber {
        var secrets = [masterKey]
        if let secret = call.secret { secrets.append(secret.value) }
        secrets += call.parameters.values
        if case .key(let key) = call.caller { secrets.append(key) }
        return Scrubber(secrets)
    }

    private func httpRequest(_ call: LiteLLMCall) throws(IssuerError) -> HTTPRequest {
        var target = url + call.path
        let query = call.query.map { "\($0.name)=\(Self.percentEncoded($0.value))" }
        if !query.isEmpty { target += "?" + query.joined(separator: "&") }
        var headers = [HTTPRequest.Header("Accept", "application/json")]
        switch call.caller {
        case .nobody: break
        case .admin: headers.append(.bearer(masterKey))
        case .key(let key): headers.append(.bearer(key))
        }
        guard var members = call.body else {
            return HTTPRequest(call.method, target, headers: headers)
        }
        if let secret = call.secret {
            members[secret.name] = secret.value.withExposed { .string($0) }
        }
        if !call.parameters.isEmpty {
            let plain = members["litellm_params"]?.object ?? [:]
            members["litellm_params"] = .object(
                plain.merging(call.parameters.mapValues { $0.withExposed { .string($0) } }) { $1 })
        }
        let body = JSONValue.object(members).bytes
        return HTTPRequest(call.method, target, headers: headers, body: body)
    }

    static func percentEncoded(_ text: String) -> String {
        var out: [UInt8] = []
        let hex = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: out.append(byte)
            default: out += [37, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
