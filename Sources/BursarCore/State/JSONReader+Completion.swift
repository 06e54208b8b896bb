extension JSONReader {
    /// Of an object, what tells of a completion; everything else, the messages above all, is skipped.
    /// - Throws: also for `null`.
    package mutating func completionMembers() throws(Fault) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        let isObject = try self.members { (name, json) throws(Fault) in
            let name = name.text
            guard Completion.members.contains(name) else { return }
            members[name] = try json.value()
        }
        guard isObject else { throw Fault() }
        return members
    }
}
