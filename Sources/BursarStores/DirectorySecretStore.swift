package import BursarCore
package import BursarEngine
internal import Crypto
internal import FoundationEssentials
internal import Glibc

/// Secrets as files: `<path>/<workspace>/<NAME>` holds the value, `<NAME>.json` the description with
/// the marker and the SHA-256 of the value file's bytes.
///
/// Written in three durable steps: the JSON with the coming description under `next`, the value, the
/// JSON without `next`. The description whose hash the value file has is the one that counts, so a
/// crash at any step leaves a whole old or a whole new secret.
package struct DirectorySecretStore: SecretStore {
    /// The steps of a write, for tests that end it there.
    package enum Step: CaseIterable, Sendable { case announced, valueWritten, settled }

    private let files: SecretFiles
    private let checkpoint: @Sendable (Step) throws(SecretStoreError) -> Void

    /// - Parameters:
    ///   - path: absolute.
    ///   - group: the group of files and directories; `nil`: the process's.
    ///   - mode: of files, `nil`: 0600. A directory gets the search bit wherever it gets the read bit.
    package init(
        path: String, group: String? = nil, mode: UInt32? = nil,
        checkpoint: @escaping @Sendable (Step) throws(SecretStoreError) -> Void = { _ in }
    ) {
        files = SecretFiles(root: path, group: group, mode: mode ?? 0o600)
        self.checkpoint = checkpoint
    }

    package func secrets(
        of workspace: WorkspaceID
    ) async throws(SecretStoreError) -> [StoredSecret] {
        var found: [StoredSecret] = []
        for name in try files.names(in: workspace.text) {
            guard let secret = SecretName(name) else { continue }
            let value = try files.read(name, in: workspace.text)
            let described = try files.read(name + ".json", in: workspace.text)
            found.append(
                StoredSecret(
                    name: secret, description: Record(described)?.description(of: value ?? [])))
        }
        return found.sorted { $0.name < $1.name }
    }

    package func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        let directory = secret.workspace.text
        let name = secret.name.text
        let value = secret.value.withExposed { Array($0.utf8) }
        let coming = Record.Entry(
            description: secret.description, sha256: Hex.sha256(value))
        let old = Record(try files.read(name + ".json", in: directory))?.current
        try files.prepare(directory)
        let announced = Record(current: old, next: coming)
        try files.write(announced.bytes, as: name + ".json", in: directory)
        try checkpoint(.announced)
        try files.write(value, as: name, in: directory)
        try checkpoint(.valueWritten)
        try files.write(Record(current: coming, next: nil).bytes, as: name + ".json", in: directory)
        try checkpoint(.settled)
    }

    package func remove(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(SecretStoreError) {
        // The value first: a description without a value is no secret.
        try files.remove(name.text, in: workspace.text)
        try files.remove(name.text + ".json", in: workspace.text)
    }
}

/// What stands in `<NAME>.json`.
private struct Record: Codable {
    struct Entry: Codable {
        let description: String
        let sha256: String
    }

    let current: Entry?
    let next: Entry?

    init(current: Entry?, next: Entry?) {
        self.current = current
        self.next = next
    }

    /// `nil` where it does not parse: that counts as a missing marker.
    init?(_ bytes: [UInt8]?) {
        guard let bytes, let parsed = try? JSONDecoder().decode(Record.self, from: Data(bytes))
        else { return nil }
        self = parsed
    }

    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("a record is made of text alone")
        }
        return Array(data) + [10]
    }

    func description(of value: [UInt8]) -> String? {
        let hash = Hex.sha256(value)
        return [current, next].compactMap(\.self).first { $0.sha256 == hash }?.description
    }
}
