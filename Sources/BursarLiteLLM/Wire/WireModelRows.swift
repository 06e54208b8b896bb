internal import BursarCore
internal import BursarEngine

/// `/model/info`, row by row.
struct WireModelRows: WireDecodable {
    let rows: [ProxyModel]

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var rows: [WireModelRow]?
        try json.members { (name, json) throws(JSONReader.Fault) in
            if "data" ~= name { rows = try json.list(of: WireModelRow.self) }
        }
        self.rows = try JSONReader.required(rows, "data").map(\.model)
    }
}

private struct WireModelRow: WireDecodable {
    let model: ProxyModel

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var name: String?
        var upstream: String?
        var mode: String?
        var groups: [String]?
        try json.members { (member, json) throws(JSONReader.Fault) in
            switch member {
            case "model_name": name = try json.string()
            case "litellm_params":
                try json.members { (member, json) throws(JSONReader.Fault) in
                    if "model" ~= member { upstream = try json.string() }
                }
            case "model_info":
                try json.members { (member, json) throws(JSONReader.Fault) in
                    switch member {
                    case "mode": mode = try json.string()
                    case "access_groups": groups = try json.strings()
                    default: break
                    }
                }
            default: break
            }
        }
        model = ProxyModel(
            name: try JSONReader.required(name, "model_name"), upstream: upstream, mode: mode,
            accessGroups: Set(groups ?? []))
    }
}
