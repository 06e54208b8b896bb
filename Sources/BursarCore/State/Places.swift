/// Where the fields of a document stand, by path: `spec.budget.limit`.
///
/// Kept as names under a few shared paths and looked up by reading through them: a run over 10,000
/// manifests writes 350,000 places and asks for a few, and a dictionary of whole paths was half of
/// its memory.
package struct Places: Hashable, Sendable {
    /// The path of a mapping.
    package struct Group: Hashable, Sendable {
        fileprivate let index: Int32
    }

    private struct Field: Hashable, Sendable {
        let name: String
        let group: Group
        let extent: Extent
    }

    private struct File: Hashable, Sendable {
        let number: Int32
        let path: String
    }

    /// The group of whole paths.
    private static let root = Group(index: 0)
    private var paths = [""]
    private var fields: [Field] = []
    /// The files in which these places stand, mostly one.
    private var files: [File] = []

    package init() {}

    package mutating func group(_ path: String) -> Group {
        if path.isEmpty { return Self.root }
        paths.append(path)
        return Group(index: Int32(paths.count - 1))
    }

    package mutating func add(_ path: String, at extent: Extent) {
        add(path, in: Self.root, at: extent)
    }

    package mutating func add(_ name: String, in group: Group, at extent: Extent) {
        if fields.isEmpty { fields.reserveCapacity(32) }
        fields.append(Field(name: name, group: group, extent: extent))
    }

    /// Of this very path; the last one where it was added more than once.
    package subscript(path: String) -> Extent? {
        let length = path.utf8.count
        // By index: the field itself would be copied out.
        let found = fields.lastIndex { field in
            guard field.group != Self.root else { return field.name == path }
            let parent = paths[Int(field.group.index)]
            return parent.utf8.count + 1 + field.name.utf8.count == length
                && path.hasSuffix(field.name) && path.hasPrefix(parent)
                && path.utf8.dropFirst(parent.utf8.count).first == UInt8(ascii: ".")
        }
        return found.map { fields[$0].extent }
    }

    /// With the names of the files in which these places stand, from those of the whole source.
    package func naming(_ paths: [String]) -> Places {
        var named = self
        // Of its own size: it is kept for the whole run, and room to grow was a tenth of its memory.
        named.fields = fields.map(\.self)
        for index in fields.indices {
            let number = fields[index].extent.file
            if named.files.contains(where: { $0.number == number }) { continue }
            named.files.append(File(number: number, path: paths[Int(number)]))
        }
        return named
    }

    /// Of the path, or of its nearest parent that has one; `nil` also before the files are named.
    package func location(nearest path: String) -> SourceLocation? {
        nearest(to: path).flatMap { extent in
            files.first { $0.number == extent.file }
                .map { SourceLocation(file: $0.path, extent.start) }
        }
    }

    /// Of the path, or of its nearest parent that has one.
    package func nearest(to path: String) -> Extent? {
        var path = path[...]
        while true {
            if let place = self[String(path)] { return place }
            guard !path.isEmpty else { return nil }
            path = path.lastIndex(of: ".").map { path[..<$0] } ?? ""
        }
    }
}
