internal import BursarCore

/// A page of `/spend/logs/v2`.
struct WireSpendLogs: WireDecodable {
    let calls: [Completion.Reading]
    let pages: Int
    private(set) var isCapped = false

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var calls: [Completion.Reading]?
        var pages: Int?
        var isCapped: Bool?
        try json.members { (name, json) throws(JSONReader.Fault) in
            switch name {
            case "data":
                calls = try json.elements { (row) throws(JSONReader.Fault) in
                    Completion.read(try row.completionMembers())
                }
            case "total_pages": pages = try json.int()
            case "total_is_capped": isCapped = try json.bool()
            default: break
            }
        }
        self.calls = try JSONReader.required(calls, "data")
        self.pages = try JSONReader.required(pages, "total_pages")
        self.isCapped = isCapped ?? false
    }
}
