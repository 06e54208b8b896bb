/// The bodies of the API, as JSON Schema.
enum Schemas {
    struct Named {
        let name: String
        let json: JSONText
    }

    static let all: [Named] = [
        Named(name: "Problem", json: problem),
        Named(name: "Status", json: object([("status", text)])),
        Named(name: "Description", json: .object([("type", .string("object"))])),
        Named(name: "Nothing", json: object([], isClosed: true)),
        Named(name: "VirtualKey", json: object([("virtual_key", text)])),
        Named(name: "Models", json: object([("models", list(model))])),
        Named(name: "Secret", json: secret),
        Named(name: "Secrets", json: object([("secrets", list(secret))])),
        Named(name: "SecretValue", json: secretValue), Named(name: "Usage", json: usage),
        Named(name: "Bill", json: bill), Named(name: "Callback", json: callback),
        Named(
            name: "Delivery",
            json: object(
                ["recorded", "repeated", "failures", "unreadable", "unattributed"].map {
                    ($0, count)
                })),
    ]

    static let time = JSONText.object([
        ("type", .string("string")), ("format", .string("date-time")),
    ])
    static let idempotencyKey = JSONText.object([
        ("type", .string("string")), ("pattern", .string("^[!-~]([ -~]{0,253}[!-~])?$")),
    ])
    private static let text = JSONText.object([("type", .string("string"))])
    private static let textOrNull = JSONText.object([
        ("type", .array([.string("string"), .string("null")]))
    ])
    private static let count = JSONText.object([
        ("type", .string("integer")), ("minimum", .number(0)),
    ])
    private static let amount = JSONText.object([
        ("type", .string("number")), ("minimum", .number(0)),
    ])

    /// A part of a path, by the name in braces.
    static func pathPart(_ name: String) -> JSONText {
        let pattern =
            switch name {
            case "workspace": "^[a-z0-9]([a-z0-9._]|-[a-z0-9._]){0,30}[a-z0-9]$"
            case "name": "^[A-Z][A-Z0-9_]{0,127}$"
            default: "^[A-Za-z0-9_-]{1,64}$"
            }
        return .object([("type", .string("string")), ("pattern", .string(pattern))])
    }

    private static let problem = object([
        ("type", text), ("title", text), ("status", count), ("detail", text), ("instance", text),
    ])
    private static let model = object([
        ("id", text), ("role", textOrNull), ("upstream", textOrNull),
        (
            "origin",
            .object([
                ("type", .string("string")),
                ("enum", .array([.string("groundfloor"), .string("byo")])),
            ])
        ),
    ])
    private static let secret = object([
        ("name", text), ("description", text), ("created_at", time), ("updated_at", time),
    ])
    private static let secretValue = object(
        [
            (
                "value",
                .object([
                    ("type", .string("string")), ("minLength", .number(1)),
                    ("maxLength", .number(SecretLimits.value)),
                ])
            ),
            (
                "description",
                .object([
                    ("type", .array([.string("string"), .string("null")])),
                    ("maxLength", .number(SecretLimits.description)),
                ])
            ),
        ], optional: ["description"], isClosed: true)

    private static let amounts: [(String, JSONText)] = [
        ("input_tokens", count), ("output_tokens", count), ("total_tokens", count),
        ("compute_units", amount), ("cost_usd", amount),
    ]
    private static let sums = [("completions", count)] + amounts
    private static let usage = object([
        ("workspace", text), ("from", time), ("to", time), ("totals", object(sums)),
        ("completions", list(object([("id", text), ("at", time), ("model", text)] + amounts))),
    ])
    private static let bill = object([
        ("account", text), ("from", time), ("to", time), ("totals", object(sums)),
        (
            "workspaces",
            list(
                object(
                    [("id", text)] + sums + [("models", list(object([("model", text)] + sums)))]))
        ),
    ])
    /// One payload, or an array of them; LiteLLM's own members, of which few are read.
    private static let callback = JSONText.object([
        ("type", .array([.string("object"), .string("array")])),
        ("items", .object([("type", .string("object"))])),
    ])

    private static func list(_ element: JSONText) -> JSONText {
        .object([("type", .string("array")), ("items", element)])
    }

    private static func object(
        _ properties: [(String, JSONText)], optional: Set<String> = [], isClosed: Bool = false
    ) -> JSONText {
        let required = properties.map(\.0).filter { !optional.contains($0) }
        var members: [(String, JSONText)] = [
            ("type", .string("object")), ("properties", .object(properties)),
            ("required", .array(required.map { .string($0) })),
        ]
        if isClosed { members.append(("additionalProperties", .bool(false))) }
        return .object(members)
    }
}
