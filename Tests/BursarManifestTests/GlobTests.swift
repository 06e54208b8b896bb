import TestSupport
import Testing

@testable import BursarManifest

struct GlobTests {
    private static let names: [String] = {
        var all = [""]
        for _ in 0..<4 { all += all.flatMap { name in ["a", "b", "-"].map { name + $0 } } }
        return Array(Set(all))
    }()

    /// By trying every way: the oracle.
    private static func fits(_ name: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" {
            return fits(name, pattern.dropFirst())
                || !name.isEmpty && fits(name.dropFirst(), pattern)
        }
        guard let letter = name.first, first == "?" || first == letter else { return false }
        return fits(name.dropFirst(), pattern.dropFirst())
    }

    private static func pattern(_ random: inout Seeded) -> String {
        String(
            (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
                "ab-**?".randomElement(using: &random)
            })
    }

    @Test func `A name is covered, and overlaps, where it fits`() {
        var random = Seeded(seed: 7)
        for _ in 0..<300 {
            let pattern = Self.pattern(&random)
            let glob = Glob(pattern)
            for name in Self.names {
                let fits = Self.fits(name[...], pattern[...])
                #expect(glob.covers(name) == fits, "\(pattern) \(name)")
                #expect(glob.overlaps(name) == fits, "\(pattern) \(name)")
            }
        }
    }

    @Test func `A pattern that is covered has no name of its own`() {
        var random = Seeded(seed: 8)
        for _ in 0..<2000 {
            let (one, other) = (Self.pattern(&random), Self.pattern(&random))
            guard Glob(one).covers(other) else { continue }
            for name in Self.names where Self.fits(name[...], other[...]) {
                #expect(Self.fits(name[...], one[...]), "\(one) \(other) \(name)")
            }
        }
    }

    /// Names of up to four letters are all that patterns of up to two letters and stars need to meet.
    @Test func `Two patterns overlap where they share a name`() {
        var random = Seeded(seed: 9)
        for _ in 0..<2000 {
            let (one, other) = (Self.pattern(&random), Self.pattern(&random))
            guard [one, other].allSatisfy({ $0.filter { $0 != "*" }.count <= 2 }) else { continue }
            let shared = Self.names.contains {
                Self.fits($0[...], one[...]) && Self.fits($0[...], other[...])
            }
            #expect(Glob(one).overlaps(other) == shared, "\(one) \(other)")
        }
    }

    @Test func `A star in a model list is more than a question mark`() {
        #expect(!Glob("?").covers("*"))
        #expect(Glob("openai/*").covers("openai/*"))
        #expect(!Glob("openai/gpt-*").covers("openai/*"))
        #expect(Glob("*-pro").overlaps("openai/*"))
    }
}
