/// What bursar keeps on a team, under `metadata.bursar`.
package struct TeamMark: Hashable, Sendable {
    package var owner: String
    /// The source the owner's name was drawn for; `nil` where the configuration names none.
    package var source: String?
    /// The highest generation ever begun, by secret; only ever raised.
    package var generations: [SecretName: Generation]
    /// The last manifest said `prune: false`.
    package var pruneNever: Bool
    /// When the workspace left the manifests; `nil` while it stands in them.
    package var pruneSince: Instant?
    /// A digest of the desired value last applied, by field path: tells an edited manifest from
    /// drift without a state file.
    package var applied: [String: String]

    package init(
        owner: String, source: String? = nil, generations: [SecretName: Generation],
        pruneNever: Bool = false, pruneSince: Instant? = nil, applied: [String: String]
    ) {
        self.owner = owner
        self.source = source
        self.generations = generations
        self.pruneNever = pruneNever
        self.pruneSince = pruneSince
        self.applied = applied
    }
}

extension TeamMark {
    /// `nil` unless `json` is an object with an owner. What cannot be read in it counts as absent.
    package init?(json: JSONValue?) {
        guard let json, let owner = json["owner"]?.string else { return nil }
        var generations: [SecretName: Generation] = [:]
        for (name, value) in json["generations"]?.object ?? [:] {
            guard let secret = SecretName(name), let number = value.int,
                let generation = Generation(number)
            else { continue }
            generations[secret] = generation
        }
        self.init(
            owner: owner, source: json["source"]?.string, generations: generations,
            pruneNever: json["prune"]?["never"]?.bool ?? false,
            pruneSince: json["prune"]?["since"]?.string.flatMap { Instant($0) },
            applied: Applied.read(json["applied"]))
    }

    /// What `init(json:)` reads back equal; fields without a value are left out.
    package var json: JSONValue {
        var members: [String: JSONValue] = ["owner": .string(owner)]
        members["source"] = source.map { .string($0) }
        if !generations.isEmpty {
            let pairs = generations.map { ($0.text, JSONValue.number($1.number)) }
            members["generations"] = .object(Dictionary(uniqueKeysWithValues: pairs))
        }
        var prune: [String: JSONValue] = [:]
        if pruneNever { prune["never"] = .bool(true) }
        prune["since"] = pruneSince.map { .string($0.description) }
        if !prune.isEmpty { members["prune"] = .object(prune) }
        members["applied"] = Applied.write(applied)
        return .object(members)
    }
}

/// A list of `path=digest`, not an object: a merge (RFC 7386) replaces a list whole, so that paths
/// that went are gone without a word about each.
enum Applied {
    /// Of a value as a plan prints it.
    static func digest(_ text: String) -> String { String(Hex.sha256(text).prefix(8)) }

    static func read(_ json: JSONValue?) -> [String: String] {
        let entries = json?.array ?? []
        var applied = [String: String](minimumCapacity: entries.count)
        for entry in entries {
            guard let text = entry.string,
                let split = text.utf8.lastIndex(of: UInt8(ascii: "="))
            else { continue }
            applied[String(text[..<split])] = String(text[text.utf8.index(after: split)...])
        }
        return applied
    }

    static func write(_ applied: [String: String]) -> JSONValue? {
        guard !applied.isEmpty else { return nil }
        return .array(applied.map { "\($0)=\($1)" }.sorted().map { .string($0) })
    }
}

/// Where the overlap of a retired key came from.
package enum OverlapSource: String, Hashable, Sendable, CaseIterable {
    case rule, after, command
}

/// What a Control Plane did to the workspace's other keys when it minted this one.
package enum ControlPlaneFinding: String, Hashable, Sendable, CaseIterable {
    /// There was none that it knew.
    case unknown
    case keeps
    /// It ended the one before, at once or soon.
    case ends
}

/// What bursar keeps on a key, under `metadata.bursar`.
package struct KeyMark: Hashable, Sendable {
    package var owner: String
    package var secret: SecretName
    package var generation: Generation
    package var mintedAt: Instant
    /// The keyring entry the value is derived with; `nil` where it was drawn.
    package var keyring: String?
    /// Taken over: its value is unknown.
    package var adopted: Bool
    /// From then on the key is never published nor unblocked.
    package var retiredAt: Instant?
    /// It works until `retiredAt` plus this.
    package var overlap: Span?
    package var overlapBy: OverlapSource?
    /// Who minted it in bursar's place, such as `gateway`; then it is of no lineage, whoever the owner
    /// is. `nil`: bursar.
    package var via: String?
    /// Under which name it was asked for, where `via` says of whom.
    package var request: String?
    /// `nil`: no Control Plane minted it.
    package var controlPlane: ControlPlaneFinding?
    /// See `TeamMark.applied`.
    package var applied: [String: String]

    package static let gateway = "gateway"

    package init(
        owner: String, secret: SecretName, generation: Generation, mintedAt: Instant,
        keyring: String? = nil, adopted: Bool = false, retiredAt: Instant? = nil,
        overlap: Span? = nil, overlapBy: OverlapSource? = nil, via: String? = nil,
        request: String? = nil, controlPlane: ControlPlaneFinding? = nil, applied: [String: String]
    ) {
        self.owner = owner
        self.secret = secret
        self.generation = generation
        self.mintedAt = mintedAt
        self.keyring = keyring
        self.adopted = adopted
        self.retiredAt = retiredAt
        self.overlap = overlap
        self.overlapBy = overlapBy
        self.via = via
        self.request = request
        self.controlPlane = controlPlane
        self.applied = applied
    }
}

extension KeyMark {
    /// `nil` unless `json` is an object with owner, secret, generation and `mintedAt`. What else
    /// cannot be read in it counts as absent.
    package init?(json: JSONValue?) {
        guard let json, let owner = json["owner"]?.string,
            let secret = json["secret"]?.string.flatMap({ SecretName($0) }),
            let generation = json["generation"]?.int.flatMap({ Generation($0) }),
            let mintedAt = json["mintedAt"]?.string.flatMap({ Instant($0) })
        else { return nil }
        self.init(
            owner: owner, secret: secret, generation: generation, mintedAt: mintedAt,
            keyring: json["keyring"]?.string, adopted: json["adopted"]?.bool ?? false,
            retiredAt: json["retiredAt"]?.string.flatMap { Instant($0) },
            overlap: json["overlap"]?.string.flatMap { Span($0) },
            overlapBy: json["overlapBy"]?.string.flatMap { OverlapSource(rawValue: $0) },
            via: json["via"]?.string, request: json["request"]?.string,
            controlPlane: json["controlPlane"]?.string.flatMap {
                ControlPlaneFinding(rawValue: $0)
            },
            applied: Applied.read(json["applied"]))
    }

    /// What `init(json:)` reads back equal; fields without a value are left out.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "owner": .string(owner), "secret": .string(secret.text),
            "generation": .number(generation.number), "mintedAt": .string(mintedAt.description),
        ]
        members["keyring"] = keyring.map { .string($0) }
        if adopted { members["adopted"] = .bool(true) }
        members["retiredAt"] = retiredAt.map { .string($0.description) }
        members["overlap"] = overlap.map { .string($0.description) }
        members["overlapBy"] = overlapBy.map { .string($0.rawValue) }
        members["via"] = via.map { .string($0) }
        members["request"] = request.map { .string($0) }
        members["controlPlane"] = controlPlane.map { .string($0.rawValue) }
        members["applied"] = Applied.write(applied)
        return .object(members)
    }
}
