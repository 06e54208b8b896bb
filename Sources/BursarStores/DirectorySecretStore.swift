package import BursarCore
package import BursarEngine
internal import Crypto
internal import Dispatch
internal import Glibc

/// Secrets as files: `<path>/<workspace>/<NAME>` holds the value, `<NAME>.json` the description with
/// the marker and the SHA-256 of the value file's bytes.
///
/// Written in three durable steps: the JSON with the coming description under `next`, the value, the
/// JSON without `next`. The description whose hash the value file has is the one that counts, so a
/// crash at any step leaves a whole old or a whole new secret.
///
/// Where there are recipients the value is encrypted to them, and the JSON has a digest of theirs: what was
/// encrypted to others is to be written anew.
package struct DirectorySecretStore: SecretStore {
    /// The steps of a write, for tests that end it there.
    package enum Step: CaseIterable, Sendable { case announced, valueWritten, settled }

    private let files: SecretFiles
    private let recipients: AgeRecipients?
    private let checkpoint: @Sendable (Step) throws(SecretStoreError) -> Void

    /// - Parameters:
    ///   - path: absolute.
    ///   - group: the group of files and directories; `nil`: the process's.
    ///   - mode: of files, `nil`: 0600. A directory gets the search bit wherever it gets the read bit.
    ///   - recipients: `nil`: values are written as they are.
    package init(
        path: String, group: String? = nil, mode: UInt32? = nil, recipients: AgeRecipients? = nil,
        checkpoint: @escaping @Sendable (Step) throws(SecretStoreError) -> Void = { _ in }
    ) {
        files = SecretFiles(root: path, group: group, mode: mode)
        self.recipients = recipients
        self.checkpoint = checkpoint
    }

    /// Why nothing can be published there; `nil` where nothing is known against it. Makes nothing.
    package func problem() -> String? { files.problem() }

    /// What has another group or mode than it would get now, by its path.
    package func differing() -> [String] { files.differing() }

    /// For who made up the workspace; one that holds anything stays.
    package func removeEmpty(_ workspace: WorkspaceID) { files.removeEmpty(workspace.text) }

    package func secrets(
        of workspace: WorkspaceID
    ) async throws(SecretStoreError) -> [StoredSecret] {
        guard let directory = try files.open(workspace.text, exclusive: false) else { return [] }
        var found: [StoredSecret] = []
        for name in try directory.names() {
            guard let secret = SecretName(name), let value = try directory.read(name) else {
                continue
            }
            let entry = Record(try directory.read(name + ".json"))?.entry(of: value)
            found.append(
                StoredSecret(
                    name: secret, description: entry?.description,
                    rewrite: entry.flatMap { rewrite($0.recipients) }))
        }
        return found.sorted { $0.name < $1.name }
    }

    package func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        let encrypted = try await recipients?.encrypted(secret.value)
        try await onDiskThread { () throws(SecretStoreError) in try write(secret, encrypted) }
    }

    /// See `StoredSecret`.
    private func rewrite(_ digest: String?) -> String? {
        let wanted = recipients?.digest
        guard digest != wanted else { return nil }
        return switch (digest, wanted) {
        case (nil, _): "it is not encrypted to spec.secrets.directory.recipients yet"
        case (_, nil): "it is encrypted, and spec.secrets.directory names no recipients any more"
        default: "it is encrypted to other recipients than spec.secrets.directory names"
        }
    }

    private func write(
        _ secret: SecretWrite, _ encrypted: [UInt8]?
    ) throws(SecretStoreError) {
        let directory = try files.make(secret.workspace.text)
        let name = secret.name.text
        let description = name + ".json"
        let value = encrypted ?? secret.value.withExposed { Array($0.utf8) }
        let coming = Record.Entry(
            description: secret.description, sha256: Hex.sha256(value),
            recipients: recipients?.digest)
        // What counts for the value that is there: after a crash that can be the entry of `next`.
        let old = try directory.read(name).flatMap { (present) throws(SecretStoreError) in
            Record(try directory.read(description))?.entry(of: present)
        }
        try directory.write(Record(old, next: coming).bytes, as: description)
        try checkpoint(.announced)
        try directory.write(value, as: name)
        try checkpoint(.valueWritten)
        try directory.write(Record(coming, next: nil).bytes, as: description)
        try checkpoint(.settled)
    }

    package func remove(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(SecretStoreError) {
        try await onDiskThread { () throws(SecretStoreError) in
            guard let directory = try files.open(workspace.text, exclusive: true) else { return }
            // The value first: a description without a value is no secret.
            try directory.remove(name.text)
            try directory.remove(name.text + ".json")
        }
    }
}

/// What stands in `<NAME>.json`.
private struct Record {
    struct Entry {
        let description: String
        let sha256: String
        /// `nil`: it is not encrypted.
        let recipients: String?
    }

    let entry: Entry?
    /// Only during a write: what the value is about to be.
    let next: Entry?

    init(_ entry: Entry?, next: Entry?) {
        self.entry = entry
        self.next = next
    }

    /// `nil` where it does not parse: that counts as a missing marker.
    init?(_ bytes: [UInt8]?) {
        guard let bytes, let json = JSONValue(parsing: bytes) else { return nil }
        entry = Entry(json)
        next = json["next"].flatMap { Entry($0) }
    }

    var bytes: [UInt8] {
        var members = entry?.members ?? [:]
        members["next"] = next.map { .object($0.members) }
        return JSONValue.object(members).bytes + [10]
    }

    /// The entry whose hash the value has; `nil` where neither fits.
    func entry(of value: [UInt8]) -> Entry? {
        let hash = Hex.sha256(value)
        return [next, entry].compactMap { $0 }.first { $0.sha256 == hash }
    }
}

extension Record.Entry {
    init?(_ json: JSONValue) {
        guard let description = json["description"]?.string, let hash = json["sha256"]?.string
        else { return nil }
        self.init(description: description, sha256: hash, recipients: json["recipients"]?.string)
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "description": .string(description), "sha256": .string(sha256),
        ]
        members["recipients"] = recipients.map { .string($0) }
        return members
    }
}

/// Runs what waits for a disk to have written, on a thread of its own: those of the runtime are as
/// many as there are cores, and requests of other workspaces wait for them.
private func onDiskThread(
    _ body: @escaping @Sendable () throws(SecretStoreError) -> Void
) async throws(SecretStoreError) {
    let result = await withCheckedContinuation { done in
        DispatchQueue.global().async {
            let result = Result { () throws(SecretStoreError) in try body() }
            done.resume(returning: result)
        }
    }
    try result.get()
}
