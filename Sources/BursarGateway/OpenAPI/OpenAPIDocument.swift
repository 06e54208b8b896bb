/// The API as OpenAPI 3.1 describes it, made of the endpoints themselves.
enum OpenAPIDocument {
    static let bytes = json.bytes

    private static var json: JSONText {
        .object([
            ("openapi", .string("3.1.0")),
            (
                "info",
                .object([
                    ("title", .string("bursar gateway")), ("version", .string("1")),
                    ("description", .string("The Control Plane's LLM surface beside LiteLLM.")),
                    ("license", .object([("name", .string("Apache-2.0"))])),
                ])
            ), ("servers", .array([.object([("url", .string("/"))])])),
            ("paths", .object(paths)),
            (
                "components",
                .object([
                    ("schemas", .object(Schemas.all.map { ($0.name, $0.json) })),
                    (
                        "securitySchemes",
                        .object([
                            (
                                "bearer",
                                .object([
                                    ("type", .string("http")), ("scheme", .string("bearer")),
                                    ("bearerFormat", .string("JWT")),
                                ])
                            )
                        ])
                    ),
                ])
            ),
        ])
    }

    /// By path, in the order of the endpoints.
    private static var paths: [(String, JSONText)] {
        var paths: [(path: String, operations: [(String, JSONText)])] = []
        for endpoint in Endpoint.allCases {
            let entry = (endpoint.method.lowercased(), operation(endpoint))
            if let index = paths.firstIndex(where: { $0.path == endpoint.path }) {
                paths[index].operations.append(entry)
            } else {
                paths.append((endpoint.path, [entry]))
            }
        }
        return paths.map { ($0.path, .object($0.operations)) }
    }

    private static func operation(_ endpoint: Endpoint) -> JSONText {
        let described = endpoint.described
        var members: [(String, JSONText)] = [
            ("operationId", .string("\(endpoint)")), ("summary", .string(described.summary)),
            ("security", security(endpoint)),
        ]
        let parameters = pathParameters(endpoint) + described.query.map(\.json)
        if !parameters.isEmpty { members.append(("parameters", .array(parameters))) }
        if let body = described.body {
            members.append(
                (
                    "requestBody",
                    .object([
                        ("required", .bool(described.needsBody)),
                        ("content", content("application/json", .reference(body))),
                    ])
                ))
        }
        members.append(("responses", .object(responses(endpoint, described))))
        return .object(members)
    }

    private static func security(_ endpoint: Endpoint) -> JSONText {
        switch endpoint.shape.access {
        case .anybody, .webhook: .array([])
        case .workspace, .account: .array([.object([("bearer", .array([]))])])
        }
    }

    private static func pathParameters(_ endpoint: Endpoint) -> [JSONText] {
        endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            let name = String(part.dropFirst().dropLast())
            return OpenAPIParameter(
                name: name, place: "path", schema: Schemas.pathPart(name), isRequired: true
            ).json
        }
    }

    private static func responses(
        _ endpoint: Endpoint, _ described: DescribedEndpoint
    ) -> [(String, JSONText)] {
        let good = described.answers.map { answer -> (String, JSONText) in
            var members: [(String, JSONText)] = [("description", .string(answer.description))]
            if let schema = answer.schema {
                members.append(("content", content("application/json", .reference(schema))))
            }
            return ("\(answer.status)", .object(members))
        }
        let bad = problems(endpoint, described).sorted().map { status -> (String, JSONText) in
            (
                "\(status)",
                .object([
                    ("description", .string("a problem")),
                    ("content", content("application/problem+json", .reference("Problem"))),
                ])
            )
        }
        return good + bad
    }

    private static func problems(
        _ endpoint: Endpoint, _ described: DescribedEndpoint
    ) -> Set<Int> {
        // Of what any request may do wrong.
        var statuses: Set<Int> = [404, 405, 408, 413, 422, 503]
        switch endpoint.shape.access {
        case .anybody: break
        case .webhook: statuses.insert(401)
        case .workspace, .account: statuses.formUnion([401, 403])
        }
        if described.asksLiteLLM { statuses.formUnion([409, 502]) }
        return statuses
    }

    private static func content(_ type: String, _ schema: JSONText) -> JSONText {
        .object([(type, .object([("schema", schema)]))])
    }
}

struct OpenAPIParameter: Sendable {
    let name: String
    let place: String
    let schema: JSONText
    var isRequired = false

    var json: JSONText {
        .object([
            ("name", .string(name)), ("in", .string(place)), ("required", .bool(isRequired)),
            ("schema", schema),
        ])
    }
}

extension JSONText {
    fileprivate static func reference(_ name: String) -> JSONText {
        .object([("$ref", .string("#/components/schemas/\(name)"))])
    }
}
