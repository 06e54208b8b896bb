internal import FoundationEssentials

/// What `plan --out` writes and `apply FILE` reads: what was approved, and how the plan was made, so
/// that it can be made again. Nothing is executed from it. Holds no secret.
///
/// The first line names the format and the SHA-256 of all that follows, JSON. That guards against
/// accident and hasty edits; whoever rewrites the file can rewrite the digest as well, and then the
/// checksum that was reviewed tells.
package struct PlanFile: Hashable, Sendable {
    /// The options of `plan` that say what is planned.
    package struct Options: Hashable, Sendable, Codable {
        /// As it was named: relative to where plan ran.
        package var directory: String
        /// `--config`; `nil`: the directory's `bursar.yaml`.
        package var config: String?
        /// `-f`; `nil`: the directory's manifests.
        package var file: String?
        package var target: [String]
        package var selector: [String]
        package var prune: Bool
        /// `LIMIT=COUNT`.
        package var allow: [String]

        package init(
            directory: String, config: String? = nil, file: String?, target: [String],
            selector: [String], prune: Bool,
            allow: [String]
        ) {
            self.directory = directory
            self.config = config
            self.file = file
            self.target = target
            self.selector = selector
            self.prune = prune
            self.allow = allow
        }
    }

    package enum Fault: Error, Hashable, Sendable {
        /// It is something else.
        case noPlan
        /// Of another version's format, by its number.
        case otherFormat(String)
        /// It is not as it was written.
        case changed
    }

    package let owner: Owner
    package let options: Options
    package let madeAt: Instant
    package let approval: Approval

    package init(owner: Owner, options: Options, madeAt: Instant, approval: Approval) {
        self.owner = owner
        self.options = options
        self.madeAt = madeAt
        self.approval = approval
    }

    private static let magic = "bursar-plan/"
    private static let format = "1"
}

extension PlanFile {
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Document(self)) else {
            preconditionFailure("a plan file is made of text alone")
        }
        let body = String(decoding: data, as: UTF8.self) + "\n"
        return "\(Self.magic)\(Self.format) sha256=\(Hex.sha256(body))\n" + body
    }

    package init(bytes: [UInt8]) throws(Fault) {
        guard bytes.starts(with: Self.magic.utf8), let end = bytes.firstIndex(of: 0x0A) else {
            throw .noPlan
        }
        let head = String(decoding: bytes[..<end], as: UTF8.self).dropFirst(Self.magic.count)
        let words = head.split(separator: " ", omittingEmptySubsequences: false)
        guard words.first.map(String.init) == Self.format else {
            throw .otherFormat(String(words.first ?? ""))
        }
        let body = Array(bytes[(end + 1)...])
        guard words.count == 2, words[1] == "sha256=\(Hex.sha256(body))",
            let document = try? JSONDecoder().decode(Document.self, from: Data(body)),
            let file = document.file
        else { throw .changed }
        self = file
    }

    private struct Document: Codable {
        struct Change: Codable {
            let address: String
            let action: String
            let fields: [Field]
        }

        struct Field: Codable {
            let path: String
            let before: String?
            let after: String?
        }

        let owner: String
        let source: String?
        let made_at: String
        let options: Options
        let checksum: String
        let workspaces: [String: [Change]]

        init(_ file: PlanFile) {
            owner = file.owner.name
            source = file.owner.source
            made_at = file.madeAt.description
            options = file.options
            checksum = Checksum.of(file.approval)
            workspaces = Dictionary(
                uniqueKeysWithValues: file.approval.workspaces.map { id, changes in
                    (
                        id.text,
                        changes.map { change in
                            Change(
                                address: change.address, action: change.action,
                                fields: change.fields.map {
                                    Field(path: $0.path, before: $0.before, after: $0.after)
                                })
                        }
                    )
                })
        }

        /// `nil` where it names what cannot be.
        var file: PlanFile? {
            guard let madeAt = Instant(made_at) else { return nil }
            var approved: [WorkspaceID: [ApprovedChange]] = [:]
            for (text, changes) in workspaces {
                guard let id = WorkspaceID(text) else { return nil }
                approved[id] = changes.map { change in
                    ApprovedChange(
                        address: change.address, action: change.action,
                        fields: change.fields.map {
                            .init(path: $0.path, before: $0.before, after: $0.after)
                        })
                }
            }
            return PlanFile(
                owner: Owner(name: owner, source: source), options: options, madeAt: madeAt,
                approval: Approval(approved))
        }
    }
}
