package import BursarCore

/// Writes `adopt` into the manifest of a workspace: one line or a few characters more, and every other
/// byte as it was. What comes out is read again, and must say the same but for that.
package struct AdoptionEdit: Sendable {
    package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// The workspace's file is none of those that were read.
        case unknown(String)
        case present(SourceLocation, same: Bool)
        case noSpec(SourceLocation)
        case changesMore(String, line: String)

        package var description: String {
            switch self {
            case .unknown(let name): "no valid workspace of the name or id \(name)"
            case .present(let place, same: true): "\(place) says so already"
            case .present(let place, same: false):
                "\(place): there is an `adopt` already; edit it by hand"
            case .noSpec(let place):
                "\(place): it has no `spec` to write into; add `spec:` with the `adopt` by hand"
            case .changesMore(let file, let line):
                "\(file): the line cannot be put in without changing more; write it by hand: \(line)"
            }
        }
    }

    package let path: String
    package let bytes: [UInt8]
    /// As it was put in.
    package let line: String

    /// - Parameter adoption: nothing in it names a secret that the workspace has not got.
    package static func of(
        _ adoption: Adoption, into workspace: DesiredWorkspace, of files: SourceFiles
    ) -> Result<AdoptionEdit, Refusal> {
        let unknown = Refusal.unknown(workspace.name)
        guard let place = workspace.place(of: "metadata.name"),
            let file = files.manifests.first(where: { $0.path == place.file }),
            let root = root(at: place, in: file)
        else { return .failure(unknown) }
        let text = "adopt: \(AdoptionText.of(adoption, secrets: workspace.keys.count))"
        if root["spec"]?["adopt"].map({ !$0.isNull }) == true {
            let at = workspace.place(of: "spec.adopt") ?? place
            return .failure(.present(at, same: workspace.adoption == adoption))
        }
        guard case .mapping(let pairs) = root.value,
            let spec = pairs.first(where: { $0.name == "spec" }),
            case .mapping(let fields) = spec.value.value
        else { return .failure(.noSpec(place)) }
        let bytes = insert(text, spec, fields, into: file.bytes)
        let edit = AdoptionEdit(path: file.path, bytes: bytes, line: text)
        var after = files
        after.manifests = files.manifests.map {
            $0.path == file.path ? ManifestFile(path: file.path, bytes: bytes) : $0
        }
        var wanted = workspace
        wanted.adoption = adoption
        guard says(wanted, in: after.load(), as: files.load()) else {
            return .failure(.changesMore(file.path, line: text))
        }
        return .success(edit)
    }

    /// The document whose name stands there.
    private static func root(at place: SourceLocation, in file: ManifestFile) -> Node? {
        let reading = FileReading(SourceText(file, number: 0))
        return reading.documents.map(\.document.root).first { root in
            guard let name = root["metadata"]?["name"] else { return false }
            return name.extent.start.line == place.line
                && name.extent.start.column == place.column
        }
    }

    /// Below the line of `spec:`, as deep as its other fields; into the braces where it has some.
    private static func insert(
        _ text: String, _ spec: Node.Pair, _ fields: [Node.Pair], into bytes: [UInt8]
    ) -> [UInt8] {
        var lines = Lines(bytes)
        let start = spec.value.extent.start
        guard let first = fields.first, start.line > spec.key.start.line,
            lines.isIndent(
                line: Int(first.key.start.line), columns: Int(first.key.start.column) - 1)
        else {
            lines.insertInside(
                text + (fields.isEmpty ? "" : ", "), line: Int(start.line),
                column: Int(start.column))
            return lines.bytes
        }
        let indent = String(repeating: " ", count: Int(first.key.start.column) - 1)
        lines.insertLine(indent + text, after: Int(spec.key.start.line))
        return lines.bytes
    }

    /// Everything but `wanted` is as before, and that is what it should be.
    private static func says(
        _ wanted: DesiredWorkspace, in after: Loaded, as before: Loaded
    ) -> Bool {
        func bare(_ loaded: Loaded) -> [DesiredWorkspace] {
            loaded.desired.workspaces.map { workspace in
                var workspace = workspace
                if workspace.id == wanted.id { workspace.adoption = wanted.adoption }
                workspace.places = Places()
                return workspace
            }
        }
        let has = after.desired.workspaces.first { $0.id == wanted.id }?.adoption
        return has == wanted.adoption && bare(after) == bare(before)
            && after.diagnostics.map(\.message) == before.diagnostics.map(\.message)
    }
}

/// Bytes by line, from 1, each with its end.
private struct Lines {
    private var lines: [[UInt8]]

    init(_ bytes: [UInt8]) {
        lines = []
        var line: [UInt8] = []
        for byte in bytes {
            line.append(byte)
            if byte == UInt8(ascii: "\n") {
                lines.append(line)
                line = []
            }
        }
        if !line.isEmpty { lines.append(line) }
    }

    var bytes: [UInt8] { lines.flatMap { $0 } }

    /// The line begins with so many spaces.
    func isIndent(line: Int, columns: Int) -> Bool {
        guard lines.indices.contains(line - 1), lines[line - 1].count > columns else {
            return false
        }
        return lines[line - 1].prefix(columns).allSatisfy { $0 == UInt8(ascii: " ") }
    }

    mutating func insertLine(_ text: String, after line: Int) {
        guard lines.indices.contains(line - 1) else { return }
        let end: [UInt8] = lines[line - 1].suffix(2) == [13, 10] ? [13, 10] : [10]
        lines.insert(Array(text.utf8) + end, at: line)
    }

    /// After the brace at this place; columns count characters.
    mutating func insertInside(_ text: String, line: Int, column: Int) {
        guard lines.indices.contains(line - 1) else { return }
        let scalars = Array(String(decoding: lines[line - 1], as: UTF8.self).unicodeScalars)
        guard scalars.indices.contains(column - 1), scalars[column - 1] == "{" else { return }
        var out = String.UnicodeScalarView(scalars.prefix(column))
        out.append(contentsOf: text.unicodeScalars)
        out.append(contentsOf: scalars.dropFirst(column))
        lines[line - 1] = Array(String(out).utf8)
    }
}
