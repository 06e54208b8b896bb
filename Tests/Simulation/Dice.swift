import BursarSandbox

/// Chances from a seed.
struct Dice: RandomNumberGenerator {
    private var generator: SeededGenerator

    init(_ seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    /// From 0 up to, not including, `count`.
    mutating func number(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }

    mutating func chance(_ percent: Int) -> Bool { number(100) < percent }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[number(items.count)] }
}
