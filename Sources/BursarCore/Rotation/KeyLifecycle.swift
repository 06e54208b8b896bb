/// The keys of one lineage, told apart from what is observed alone.
package struct KeyLifecycle: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let key: ObservedKey
        package let generation: Generation
    }

    package enum Published: Hashable, Sendable {
        /// The secret's marker names it, or it was adopted and has none.
        case key(Member)
        /// A key bears the plain alias, but no marker says that its value is in the store.
        case lost(Member)
        /// The same, but the keyring derives its value: it is published again.
        case recoverable(Member)
        /// None: the next generation is to be minted.
        case none
        /// A secret of that name stands there that is not ours, and no key of ours is published.
        case conflict
    }

    package let lineage: Lineage
    package let published: Published
    /// Not published and without an end: minted by a run that never published them, or replaced by
    /// one that did not come to retire them. By ascending generation.
    package let unpublished: [Member]
    /// The highest of the unpublished, where it is newer than the published one and the keyring
    /// derives its value: a run broke off between mint and publish, and this one can finish it.
    package let unfinished: Member?
    /// With an end. By ascending generation.
    package let retiring: [Member]
    /// The secret names a key that a command ended: apps have none until the next is published.
    package let revoked: Member?
    /// The generation after the highest ever seen: of the team's mark, the keys and the marker.
    package let next: Generation

    /// - Parameters:
    ///   - highest: the team's mark.
    ///   - derivable: see `ObservedState.derivable`.
    package init(
        lineage: Lineage, members: [Member], secret: ObservedSecret?, owner: Owner,
        highest: Generation?, derivable: [KeyHash: String] = [:]
    ) {
        self.lineage = lineage
        let sorted = members.sorted {
            ($0.generation, $0.key.hash) < ($1.generation, $1.key.hash)
        }
        let marker = secret?.marker.flatMap { $0.owner == owner.name ? $0 : nil }
        let alive = sorted.filter { $0.key.mark?.retiredAt == nil }
        let published = Self.published(
            alive, lineage: lineage, secret: secret, marker: marker, derivable: derivable)
        self.published = published
        let unpublished = alive.filter { $0.key.hash != published.member?.key.hash }
        self.unpublished = unpublished
        unfinished = unpublished.last.flatMap { last in
            let newer = published.member.map { $0.generation < last.generation } ?? true
            return newer && derivable[last.key.hash] != nil && !last.key.blocked ? last : nil
        }
        retiring = sorted.filter { $0.key.mark?.retiredAt != nil }
        revoked = retiring.first { member in
            member.key.mark?.overlapBy == .command
                && marker?.fingerprint.names(member.key.hash) ?? false
        }
        let seen = sorted.map(\.generation) + [highest, marker?.generation].compactMap(\.self)
        next = seen.max()?.next ?? .first
    }

    private static func published(
        _ alive: [Member], lineage: Lineage, secret: ObservedSecret?, marker: SecretMarker?,
        derivable: [KeyHash: String]
    ) -> Published {
        if let marker {
            let named = alive.first { marker.fingerprint.names($0.key.hash) }
            return named.map(Published.key) ?? .none
        }
        let plain = alive.last { $0.key.alias == lineage.plainAlias }
        // An alias that was changed by hand must not make an adopted key look unpublished: it would
        // be retired.
        if let adopted = ([plain].compactMap(\.self) + alive).first(where: \.isAdopted) {
            return .key(adopted)
        }
        if let plain {
            return derivable[plain.key.hash] != nil ? .recoverable(plain) : .lost(plain)
        }
        return secret == nil ? .none : .conflict
    }
}

extension KeyLifecycle.Published {
    /// The key that apps use, whether or not the store holds it.
    package var member: KeyLifecycle.Member? {
        switch self {
        case .key(let member), .lost(let member), .recoverable(let member): member
        case .none, .conflict: nil
        }
    }
}

extension KeyLifecycle.Member {
    var isAdopted: Bool { key.mark?.adopted == true }
}
