import BursarCore
import TestSupport
import Testing

/// A workspace in any state that hands, crashes and time can bring it to.
struct RandomWorld {
    var world: World
    private var dice: Seeded

    init(seed: UInt64) throws {
        dice = Seeded(seed: seed)
        world = try World()
        world.models = ["chat", "embed", "image"]
        try writeManifest()
        try world.addTeam(generation: 1 + number(4))
        world.team?.createdAt = World.now - .days(40)
        // What the fresh plan named is what the manifest says; then hands are at work.
        if chance(40) { try spoilTeam() }
        for key in world.desired.keys { try addKeys(key.secret) }
        // A lineage that is no longer in the manifest.
        if chance(30) { try addKeys(World.secret("OLD_KEY")) }
        if chance(30), let edited = try edit() { world.desired = edited }
    }

    mutating func chance(_ percent: Int) -> Bool { number(100) < percent }

    mutating func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &dice) }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[number(items.count)] }

    /// Up to `hours` before.
    private mutating func ago(_ hours: Int) -> Instant {
        World.now - .hours(Int64(number(hours + 1)))
    }
}

extension RandomWorld {
    private mutating func writeManifest() throws {
        if chance(20) { world.desired.budget = .unlimited }
        if chance(30) { world.desired.warnAtPercent = .value(80) }
        if chance(20) { world.desired.models = .all }
        world.desired.limits.requestsPerMinute = limit()
        world.desired.limits.parallelRequests = limit()
        world.desired.suspended = chance(20)
        world.desired.prune = chance(80)
        let names = chance(50) ? ["LITELLM_API_KEY"] : ["BATCH_KEY", "LITELLM_API_KEY"]
        world.desired.keys = []
        for name in names {
            var key = DesiredKey(secret: try World.secret(name))
            key.limits.tokensPerMinute = limit()
            if chance(20) { key.models = ["chat"] }
            if chance(80) { key.rotation = rotation() }
            world.desired.keys.append(key)
        }
    }

    private mutating func limit() -> Managed<Int> {
        pick([.unmanaged, .unmanaged, .cleared, .value(7)])
    }

    private mutating func rotation() -> RotationSpec {
        var rule = RotationSpec()
        rule.trigger = pick([.every(.days(2)), .every(.days(30)), nil])
        rule.overlap = pick([Span(seconds: 0), .hours(1), .hours(24), .days(3)])
        rule.overlapWhileInUse = chance(30)
        if rule.overlapWhileInUse { rule.maxAge = .days(40) }
        if chance(30) { rule.after = World.now + .hours(Int64(number(60)) - 30) }
        if chance(30) { rule.afterOverlap = Span(seconds: 0) }
        return rule
    }

    private mutating func spoilTeam() throws {
        if chance(30) { world.team?.cap = Money(picos: 5_000_000_000_000) }
        if chance(30) { world.team?.models = .only(["embed"]) }
        if chance(30) { world.team?.blocked = true }
        if chance(30) { world.team?.alias = "by hand" }
        let since = ago(300)
        if chance(20) { world.team?.mark?.pruneSince = since }
        if chance(20) { world.team?.mark?.source = nil }
        if chance(20) { world.team?.mark = nil }
    }

    private mutating func addKeys(_ secret: SecretName) throws {
        let lineage = Lineage(workspace: world.desired.id, secret: secret)
        let published = number(4)
        for number in 1..<(2 + number(3)) {
            let generation = try World.generation(number)
            world.keys.append(try key(lineage, generation, isPublished: number == published))
        }
        guard chance(80),
            let named = world.keys.first(where: {
                $0.mark?.secret == secret && $0.mark?.generation.number == published
            }) ?? world.keys.last(where: { $0.mark?.secret == secret })
        else { return }
        world.secrets.append(
            ObservedSecret(
                name: secret,
                marker: SecretMarker(
                    owner: World.owner.name, generation: try World.generation(max(published, 1)),
                    fingerprint: named.hash.fingerprint)))
    }

    private mutating func key(
        _ lineage: Lineage, _ generation: Generation, isPublished: Bool
    ) throws -> ObservedKey {
        let digits = (0..<64).map { _ in "0123456789abcdef".randomElement(using: &dice) ?? "0" }
        let retiredAt = !isPublished && chance(60) ? ago(80) : nil
        var mark = KeyMark(
            owner: World.owner.name, secret: lineage.secret, generation: generation,
            mintedAt: ago(2000), retiredAt: retiredAt,
            overlap: retiredAt == nil ? nil : pick([.hours(1), .hours(24), .days(3)]),
            overlapBy: retiredAt == nil ? nil : pick(OverlapSource.allCases), applied: [:])
        if chance(10) { mark.adopted = true }
        let hasPlain = isPublished ? !chance(20) : chance(10)
        var key = ObservedKey(
            hash: try #require(KeyHash(hex: String(digits))),
            alias: hasPlain ? lineage.plainAlias : lineage.alias(generation),
            team: chance(95) ? world.desired.id.text : nil, mark: mark, metadata: [:],
            models: .team, routes: ["llm_api_routes"],
            spendLogs: ["workspace": world.desired.id.text, "generation": generation.description])
        key.expires = retiredAt.flatMap { at in mark.overlap.map { at + $0 } }
        key.createdAt = mark.mintedAt
        if chance(15) { key.expires = World.now + .days(2) }
        if chance(15) { key.blocked = true }
        if chance(10) { key.tokensPerMinute = 99 }
        if chance(10) { key.mark = nil }
        if chance(40) { key.lastActive = ago(60) }
        if chance(20) { world.derivable[key.hash] = "first" }
        return key
    }
}

extension RandomWorld {
    /// One edit of the manifest that asks for something else; `nil` where the dice fell on what has no
    /// effect in this state.
    mutating func edit() throws -> DesiredWorkspace? {
        var edited = world.desired
        switch number(9) {
        case 0:
            edited.budget = .capped(
                limit: try #require(MicroUSD(micros: 1_000_000 + Int64(number(900)))), period: nil)
        case 1: edited.models = .only(["embed", "image"])
        case 2: edited.limits.requestsPerMinute = .value(1000 + number(1000))
        case 3: edited.limits.tokensPerMinute = .value(1000 + number(1000))
        case 4: edited.suspended.toggle()
        case 5: edited.prune.toggle()
        case 6: edited.name = "search-\(number(1000))"
        case 7:
            // A workspace that is suspended gets no key.
            guard !edited.suspended else { return nil }
            edited.keys.append(DesiredKey(secret: try World.secret("NEW_KEY_\(number(1000))")))
        default:
            guard !edited.suspended, !edited.keys.isEmpty else { return nil }
            edited.keys[0].limits.requestsPerMinute = .value(1000 + number(1000))
        }
        return edited
    }
}
