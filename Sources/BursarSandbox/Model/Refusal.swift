internal import BursarCore

/// An error as LiteLLM words it, in one of its four shapes.
struct Refusal: Error {
    var status: Int
    var body: JSONValue
    var headers: [String: String] = [:]

    /// How the handlers of one endpoint wrap what was raised in them (`type` and `param`).
    struct Wrapping {
        var type: String
        var param: JSONValue
        /// What stands before the text of a plain exception, and its status.
        var prefix: String
        var exceptionStatus: Int

        static let generate = Wrapping(
            type: "internal_server_error", param: .null, prefix: "", exceptionStatus: 500)
        static let update = Wrapping(
            type: "auth_error", param: .string("None"), prefix: "Authentication Error, ",
            exceptionStatus: 400)
        static let list = Wrapping(
            type: "internal_server_error", param: .string("None"),
            prefix: "Authentication Error, ", exceptionStatus: 500)
        static let team = generate
        static let models = Wrapping(
            type: "auth_error", param: .string("None"), prefix: "Authentication Error, ",
            exceptionStatus: 500)
    }

    /// `{"error": {message, type, param, code}}`; `code` is a string.
    static func proxy(
        _ status: Int, _ message: String, type: String, param: JSONValue = .string("None"),
        extra: [String: JSONValue] = [:]
    ) -> Refusal {
        let members: [String: JSONValue] = [
            "message": .string(message), "type": .string(type), "param": param,
            "code": .string(String(status)),
        ]
        return Refusal(
            status: status, body: .object(["error": .object(members.merging(extra) { a, _ in a })]))
    }

    /// An `HTTPException` whose detail is `{"error": text}`: the message is Python's spelling of it.
    static func raised(_ status: Int, _ text: String, in wrapping: Wrapping) -> Refusal {
        proxy(status, PythonText.error(text), type: wrapping.type, param: wrapping.param)
    }

    /// A plain exception.
    static func exception(_ text: String, in wrapping: Wrapping) -> Refusal {
        proxy(
            wrapping.exceptionStatus, wrapping.prefix + text, type: wrapping.type,
            param: wrapping.param)
    }

    static func detail(_ status: Int, _ text: String) -> Refusal {
        Refusal(status: status, body: .object(["detail": .string(text)]))
    }

    static func detailError(_ status: Int, _ text: String) -> Refusal {
        Refusal(status: status, body: .object(["detail": .object(["error": .string(text)])]))
    }

    /// FastAPI's 422.
    static func invalid(_ faults: [FieldFault]) -> Refusal {
        Refusal(status: 422, body: .object(["detail": .array(faults.map(\.json))]))
    }

    static let notFound = detail(404, "Not Found")
    static let methodNotAllowed = detail(405, "Method Not Allowed")

    static func authentication(_ text: String) -> Refusal {
        proxy(401, "Authentication Error, " + text, type: "auth_error")
    }

    static func notFoundKey(_ text: String = "Key not found.", param: String = "key") -> Refusal {
        proxy(404, text, type: "not_found_error", param: .string(param))
    }

    static func modelDenied(_ model: String, type: String) -> Refusal {
        proxy(
            403,
            "The requested model '\(model)' is not available for this API key, or the model name "
                + "is invalid. Check the models available to you and try again.",
            type: type, param: .string("model"))
    }

    static func budgetExceeded(_ whose: String, cost: Money, cap: Money) -> Refusal {
        proxy(
            422,
            "Budget has been exceeded! \(whose) Current cost: \(PythonText.float(cost)), "
                + "Max budget: \(PythonText.float(cap))",
            type: "budget_exceeded", param: .null)
    }

    static let licence =
        "You must be a LiteLLM Enterprise user to use this feature. If you have a license please "
        + "set `LITELLM_LICENSE` in your env. Get a 7 day trial key here: "
        + "https://www.litellm.ai/enterprise#trial. \nPricing: https://www.litellm.ai/#pricing"

    var response: SandboxResponse {
        var answer = SandboxResponse.json(body, status: status)
        for (name, value) in headers { answer.headers[name] = value }
        return answer
    }
}

/// One entry of a 422.
struct FieldFault {
    let type: String
    let place: [JSONValue]
    let message: String

    init(_ type: String, _ place: [JSONValue], _ message: String) {
        self.type = type
        self.place = place
        self.message = message
    }

    init(_ type: String, body name: String, _ message: String) {
        self.init(type, [.string("body"), .string(name)], message)
    }

    init(_ type: String, query name: String, _ message: String) {
        self.init(type, [.string("query"), .string(name)], message)
    }

    var json: JSONValue {
        .object(["type": .string(type), "loc": .array(place), "msg": .string(message)])
    }
}
