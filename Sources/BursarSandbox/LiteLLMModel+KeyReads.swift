internal import BursarCore

extension LiteLLMModel {
    /// 200 also for a key that was deleted.
    func keyInfo(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let named: String
        if let asked = request.query["key"] {
            named = asked
        } else if case .key(let row, _) = caller {
            named = row.token
        } else {
            throw .notFoundKey("Key not found in database")
        }
        let hash = Self.hash(named)
        if case .key(let own, _) = caller, !caller.readsAll, own.token != hash {
            throw .proxy(
                403, "You are not allowed to access this key's info. Your role=unknown",
                type: "internal_server_error")
        }
        if let row = keys[hash] {
            var info = row.detailed(.offset)
            info["status"] = .string(row.status(at: now))
            return .json(.object(["key": .string(named), "info": .object(info)]))
        }
        guard let deleted = deletedKeys[hash] else {
            throw .notFoundKey("Key not found in database")
        }
        var info = deleted.json(.offset)
        info["token"] = nil
        info["status"] = .string("deleted")
        return .json(.object(["key": .string(named), "info": .object(info)]))
    }

    private static let readsTooLittle = Refusal.proxy(
        403,
        "You are not authorized to access this endpoint. No 'user_id' is associated with "
            + "your API key.",
        type: "bad_request_error", param: .string("user_id"))

    func listKeys(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let page = try Page(request.query, size: "size")
        let order = try KeyOrder(request.query)
        let status = request.query["status"]
        if let status, !["active", "expired", "revoked", "deleted"].contains(status) {
            throw .raised(
                400,
                "Invalid status value. Supported: 'active', 'expired', 'revoked', 'deleted'.",
                in: .list)
        }
        guard caller.readsAll else { throw Self.readsTooLittle }
        let full = request.query["return_full_object"]?.lowercased() == "true"
        let rows =
            status == "deleted"
            ? deletedKeys.values.map(\.row)
            : candidates(request.query).filter { status == nil || $0.status(at: now) == status }
        let found = order.sorted(rows.filter { Self.matches($0, request.query) })
        let total = found.count
        let shown = page.slice(found).map { row in
            (row: row, deleted: status == "deleted" ? deletedKeys[row.token] : nil)
        }
        return SandboxResponse {
            .object([
                "keys": .array(
                    shown.map { row, deleted in
                        guard full else { return .string(row.token) }
                        return deleted.map { .object($0.json(.zulu)) } ?? row.listed
                    }),
                "total_count": .number(total), "current_page": .number(page.number),
                "total_pages": .number(page.count(of: total)),
            ])
        }
    }

    /// The rows that the query can be about, by whatever index there is.
    private func candidates(_ query: [String: String]) -> [KeyRow] {
        if let hash = query["key_hash"] { return [keys[hash]].compactMap(\.self) }
        if let alias = query["key_alias"] {
            return (aliases[alias] ?? []).compactMap { keys[$0] }
        }
        if let team = query["team_id"] { return rows(ofTeam: team) }
        return Array(keys.values)
    }

    private static func matches(_ row: KeyRow, _ query: [String: String]) -> Bool {
        if let team = query["team_id"], row.teamID != team { return false }
        if let user = query["user_id"], row.userID != user { return false }
        if let hash = query["key_hash"], row.token != hash { return false }
        if let alias = query["key_alias"], row.alias != alias { return false }
        return true
    }
}

/// `sort_by` and `sort_order` of `/key/list`; newest first where nothing is said.
private struct KeyOrder {
    private let column: String
    private let ascending: Bool

    init(_ query: [String: String]) throws(Refusal) {
        let columns = [
            "spend", "max_budget", "created_at", "updated_at", "token", "key_alias",
        ]
        column = query["sort_by"] ?? "created_at"
        guard columns.contains(column) else {
            throw .raised(
                400,
                "Invalid sort column. Must be one of: \(columns.joined(separator: ", "))",
                in: .list)
        }
        let order = query["sort_order"]?.lowercased() ?? "desc"
        guard ["asc", "desc"].contains(order) else {
            throw .raised(400, "Invalid sort order. Must be 'asc' or 'desc'", in: .list)
        }
        ascending = order == "asc"
    }

    func sorted(_ rows: [KeyRow]) -> [KeyRow] {
        rows.sorted { a, b in
            ascending ? precedes(a, b) : precedes(b, a)
        }
    }

    private func precedes(_ a: KeyRow, _ b: KeyRow) -> Bool {
        switch column {
        case "token": return a.token < b.token
        case "spend": return (a.spend, a.token) < (b.spend, b.token)
        case "max_budget":
            return (a.maxBudget ?? .zero, a.token) < (b.maxBudget ?? .zero, b.token)
        case "updated_at": return (a.updatedAt, a.sequence) < (b.updatedAt, b.sequence)
        case "key_alias": return (a.alias ?? "", a.token) < (b.alias ?? "", b.token)
        default: return (a.createdAt, a.sequence) < (b.createdAt, b.sequence)
        }
    }
}

/// Paging by offset: pages from 1, at most 100 rows on one, 10 where nothing is said.
struct Page {
    let number: Int
    let size: Int

    init(_ query: [String: String], size name: String) throws(Refusal) {
        number = try Self.integer(query["page"], "page") ?? 1
        size = try Self.integer(query[name], name) ?? 10
        guard size <= 100 else {
            throw .invalid([
                FieldFault(
                    "less_than_equal", query: name, "Input should be less than or equal to 100")
            ])
        }
    }

    private static func integer(_ text: String?, _ name: String) throws(Refusal) -> Int? {
        guard let text else { return nil }
        guard let value = Int(text) else {
            throw .invalid([
                FieldFault(
                    "int_parsing", query: name,
                    "Input should be a valid integer, unable to parse string as an integer")
            ])
        }
        guard value >= 1 else {
            throw .invalid([
                FieldFault(
                    "greater_than_equal", query: name,
                    "Input should be greater than or equal to 1")
            ])
        }
        return value
    }

    func slice<Row>(_ rows: [Row]) -> ArraySlice<Row> {
        guard number - 1 <= rows.count / size else { return [] }
        let start = (number - 1) * size
        return rows[min(start, rows.count)..<min(start + size, rows.count)]
    }

    func count(of total: Int) -> Int { (total + size - 1) / size }
}
