internal import BursarCore

/// `/model/info` and `/v1/model/info`.
struct WireModelInfo: WireDecodable {
    let names: Set<String>

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        names = try json.names("model_name")
    }
}

/// `/v1/models`.
struct WireModels: WireDecodable {
    let names: Set<String>

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        names = try json.names("id")
    }
}

extension JSONReader {
    /// Of each row of `data`, the member that names it.
    fileprivate mutating func names(_ field: String) throws(Fault) -> Set<String> {
        var names: [String]?
        try members { (name, json) throws(Fault) in
            guard "data" ~= name else { return }
            names = try json.elements { (row) throws(Fault) in
                var found: String?
                try row.members { (name, json) throws(Fault) in
                    if name.text == field { found = try json.string() }
                }
                return try Self.required(found, field)
            }
        }
        return Set(try Self.required(names, "data"))
    }
}

struct WireVersion: WireDecodable {
    private(set) var litellm_version: String?

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        try json.members { (name, json) throws(JSONReader.Fault) in
            if "litellm_version" ~= name { litellm_version = try json.string() }
        }
    }
}

struct WireLicence: WireDecodable {
    private(set) var has_license: Bool?

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        try json.members { (name, json) throws(JSONReader.Fault) in
            if "has_license" ~= name { has_license = try json.bool() }
        }
    }
}
