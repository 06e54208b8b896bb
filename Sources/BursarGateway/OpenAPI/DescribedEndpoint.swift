/// What the description of the API says of an endpoint beyond its shape.
struct DescribedEndpoint: Sendable {
    struct Answer: Sendable {
        let status: Int
        let description: String
        /// Its name; `nil` where nothing stands in the body.
        var schema: String?
    }

    let summary: String
    var query: [OpenAPIParameter] = []
    var body: String?
    var needsBody = true
    var answers: [Answer]
    var asksLiteLLM = false
}

extension Endpoint {
    var described: DescribedEndpoint {
        switch self {
        case .health: .init(summary: "The process lives", answers: [.good("Status")])
        case .ready: .init(summary: "Its store answers", answers: [.good("Status")])
        case .openAPI: .init(summary: "This description", answers: [.good("Description")])
        case .models: .models
        case .usage: .usage
        case .mint: .mint
        case .secrets: .init(summary: "What secrets there are", answers: [.good("Secrets")])
        case .secret: .init(summary: "What is told of a secret", answers: [.good("Secret")])
        case .putSecret: .putSecret
        case .deleteSecret:
            .init(
                summary: "Remove a secret", answers: [.init(status: 204, description: "removed")])
        case .billing:
            .init(
                summary: "Compute Units and cost by workspace and model",
                query: [.time("from"), .time("to")], answers: [.good("Bill")])
        case .webhook:
            .init(
                summary: "LiteLLM's generic_api callback", body: "Callback",
                answers: [.good("Delivery")])
        }
    }
}

extension DescribedEndpoint {
    fileprivate static let models = Self(
        summary: "What the workspace may call", answers: [.good("Models")], asksLiteLLM: true)

    fileprivate static let usage = Self(
        summary: "Completions, the newest first, and sums over the window",
        query: [
            .number("since_seconds", 1...Gateway.longestWindow, 86_400),
            .number("limit", 1...Gateway.longestList, 100),
        ], answers: [.good("Usage")])

    fileprivate static let mint = Self(
        summary: "Mint the workspace's key, or the one that takes its place",
        query: [
            OpenAPIParameter(
                name: "Idempotency-Key", place: "header", schema: Schemas.idempotencyKey)
        ], body: "Nothing", needsBody: false, answers: [.good("VirtualKey")], asksLiteLLM: true)

    fileprivate static let putSecret = Self(
        summary: "Keep a value, which is never told again", body: "SecretValue",
        answers: [
            .good("Secret"), .init(status: 201, description: "a new one", schema: "Secret"),
        ])
}

extension DescribedEndpoint.Answer {
    fileprivate static func good(_ schema: String) -> Self {
        Self(status: 200, description: "done", schema: schema)
    }
}

extension OpenAPIParameter {
    fileprivate static func number(_ name: String, _ range: ClosedRange<Int>, _ normal: Int) -> Self
    {
        Self(
            name: name, place: "query",
            schema: .object([
                ("type", .string("integer")), ("minimum", .number(range.lowerBound)),
                ("maximum", .number(range.upperBound)), ("default", .number(normal)),
            ]))
    }

    fileprivate static func time(_ name: String) -> Self {
        Self(name: name, place: "query", schema: Schemas.time)
    }
}
