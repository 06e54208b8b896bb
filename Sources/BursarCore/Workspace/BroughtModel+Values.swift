extension BroughtModel {
    /// Why a value cannot be a credential of a row; it says nothing of the value.
    package struct UnfitValue: Error, CustomStringConvertible {
        package let description: String
    }

    /// Whether LiteLLM would put a variable of the proxy's environment in its place.
    package static func namesVariable(_ text: String) -> Bool {
        text.lowercased().contains("os.environ/")
    }

    /// The value as the row is to have it.
    package static func value(
        _ value: SecretValue, for parameter: String
    ) throws(UnfitValue) -> SecretValue {
        try value.withExposed { (text: String) throws(UnfitValue) -> SecretValue in
            guard text.contains(where: { !$0.isWhitespace }) else {
                throw UnfitValue(
                    description: "it is empty: LiteLLM would take the proxy's own \(parameter)")
            }
            guard !namesVariable(text) else {
                throw UnfitValue(
                    description:
                        "it has `os.environ/`: LiteLLM would put in a variable of the proxy's")
            }
            guard parameter.hasPrefix("vertex_") else { return value }
            return SecretValue(try googleCredentials(text))
        }
    }

    /// LiteLLM reads anything else from a file of the proxy, and `external_account` names files,
    /// commands and addresses that the proxy's own credentials would go to. Written anew, since of a
    /// member that stands there twice Python takes the last.
    private static func googleCredentials(_ text: String) throws(UnfitValue) -> String {
        guard let json = JSONValue(parsing: Array(text.utf8)), json.object != nil else {
            throw UnfitValue(
                description:
                    "it is no JSON object: LiteLLM would read it as a path of a file of the proxy's"
            )
        }
        guard let type = json["type"]?.string,
            ["service_account", "authorized_user"].contains(type)
        else {
            throw UnfitValue(
                description:
                    "its `type` is neither `service_account` nor `authorized_user`: others can name "
                    + "files and credentials of the proxy's")
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
