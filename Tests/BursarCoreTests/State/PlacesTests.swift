import TestSupport
import Testing

@testable import BursarCore

struct PlacesTests {
    /// Names with dots in them, one the end of another, as model names are.
    private static let words = ["", "a", "a.b", "b", "b.a", "aa", "spec", "gpt-4.1", "1", "é"]

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `Each path is where a dictionary of whole paths has it`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        var places = Places()
        var whole: [String: Extent] = [:]
        for line in 1...40 as ClosedRange<Int32> {
            let mark = Mark(line: line, column: 1)
            let extent = Extent(file: 0, start: mark, end: mark)
            let parent = try #require(Self.words.randomElement(using: &random))
            let name = try #require(Self.words.randomElement(using: &random))
            if Bool.random(using: &random) {
                places.add(name, at: extent)
                whole[name] = extent
            } else {
                places.add(name, in: places.group(parent), at: extent)
                whole[parent.isEmpty ? name : "\(parent).\(name)"] = extent
            }
        }
        for parent in Self.words {
            for name in Self.words {
                let path = "\(parent).\(name)"
                #expect(places[path] == whole[path], "\(path)")
                #expect(places[name] == whole[name], "\(name)")
            }
        }
    }

    @Test func `A path that is not there stands where its nearest parent does`() {
        var places = Places()
        let mark = { Mark(line: $0, column: 1) }
        let extent = { Extent(file: 0, start: mark($0), end: mark($0)) }
        #expect(places.nearest(to: "spec") == nil)
        places.add("", at: extent(1))
        places.add("limit", in: places.group("spec.budget"), at: extent(3))
        places.add("spec", at: extent(2))
        #expect(places.nearest(to: "spec.budget.limit") == extent(3))
        #expect(places.nearest(to: "spec.budget.period") == extent(2))
        #expect(places.nearest(to: "metadata.name") == extent(1))
    }
}
