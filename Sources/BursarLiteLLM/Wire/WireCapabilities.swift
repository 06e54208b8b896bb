internal import BursarCore

/// `/model/info` and `/v1/model/info`.
struct WireModelInfo: WireDecodable {
    /// None that a workspace brought along.
    let names: Set<String>
    let groups: [String: Set<String>]
    /// See `ObservedIssuer.brought`.
    let brought: [ObservedModel]
    /// All that there are.
    let all: Set<String>

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var rows: [WireObservedModel]?
        try json.members { (name, json) throws(JSONReader.Fault) in
            if "data" ~= name { rows = try json.list(of: WireObservedModel.self) }
        }
        let read = try JSONReader.required(rows, "data")
        brought = read.compactMap(\.observed)
        all = Set(read.map(\.name))
        // A name that one such row has is closed to every other workspace.
        names = all.subtracting(brought.filter(\.isBrought).map(\.name))
        groups = Dictionary(
            read.filter { !$0.groups.isEmpty }.map { ($0.name, $0.groups) }
        ) { $0.union($1) }
    }
}

/// A row as far as a plan needs it.
private struct WireObservedModel: WireDecodable {
    private(set) var name = ""
    private(set) var groups: Set<String> = []
    private var id: String?
    private var mark: JSONValue?
    private var params: JSONValue?

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var name: String?
        try json.members { (member, json) throws(JSONReader.Fault) in
            switch member {
            case "model_name": name = try json.string()
            case "litellm_params": params = try json.value()
            case "model_info":
                try json.members { (member, json) throws(JSONReader.Fault) in
                    switch member {
                    case "id": id = try json.string()
                    case "bursar": mark = try json.value()
                    case "access_groups": groups = Set(try json.strings() ?? [])
                    default: break
                    }
                }
            default: break
            }
        }
        self.name = try JSONReader.required(name, "model_name")
    }

    /// `nil` for a model that is nobody's own and cannot be taken for one.
    var observed: ObservedModel? {
        let mark = ModelMark(json: mark)
        guard mark != nil || BroughtModel.workspace(of: name) != nil else { return nil }
        return ObservedModel(
            id: id ?? "", name: name, mark: mark, params: params?.object ?? [:])
    }
}

/// `/v1/models`.
struct WireModels: WireDecodable {
    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var isList = false
        try json.members { (name, json) throws(JSONReader.Fault) in
            guard "data" ~= name else { return }
            isList =
                try json.elements { (row) throws(JSONReader.Fault) in _ = try row.value() } != nil
        }
        _ = try JSONReader.required(isList ? true : nil, "data")
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
