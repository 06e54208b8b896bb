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
    /// With an end. By ascending generation.
    package let retiring: [Member]
    /// The generation after the highest ever seen: of the team's mark, the keys and the marker.
    package let next: Generation

    package init(
        lineage: Lineage, members: [Member], secret: ObservedSecret?, owner: Owner,
        highest: Generation?
    ) {
        self.lineage = lineage
        let sorted = members.sorted {
            ($0.generation, $0.key.hash) < ($1.generation, $1.key.hash)
        }
        let marker = secret?.marker.flatMap { $0.owner == owner.name ? $0 : nil }
        let alive = sorted.filter { $0.key.mark?.retiredAt == nil }
        published = Self.published(alive, lineage: lineage, secret: secret, marker: marker)
        let kept: KeyHash? =
            switch published {
            case .key(let member), .lost(let member): member.key.hash
            case .none, .conflict: nil
            }
        unpublished = alive.filter { $0.key.hash != kept }
        retiring = sorted.filter { $0.key.mark?.retiredAt != nil }
        let seen = sorted.map(\.generation) + [highest, marker?.generation].compactMap(\.self)
        next = seen.max()?.next ?? .first
    }

    private static func published(
        _ alive: [Member], lineage: Lineage, secret: ObservedSecret?, marker: SecretMarker?
    ) -> Published {
        if let marker {
            let named = alive.first { marker.fingerprint.names($0.key.hash) }
            return named.map(Published.key) ?? .none
        }
        if let plain = alive.last(where: { $0.key.alias == lineage.plainAlias }) {
            return plain.key.mark?.adopted == true ? .key(plain) : .lost(plain)
        }
        return secret == nil ? .none : .conflict
    }
}
