import Foundation

struct Arguments: Sendable {
    var seeds = 10_000
    var first = 0
    var seed: UInt64?
    var mutation: Mutation?
    /// Whether each mutation is to be found, too.
    var proves = true

    init(_ words: some Sequence<String>) throws {
        var words = words.makeIterator()
        while let word = words.next() {
            let value = words.next() ?? ""
            switch word {
            case "--seeds": seeds = Int(value) ?? seeds
            case "--first": first = Int(value) ?? first
            case "--seed": seed = UInt64(value)
            case "--proof": proves = value != "no"
            case "--mutation": mutation = Mutation(rawValue: value)
            default:
                FileHandle.standardError.write(
                    Data(
                        "usage: simulate [--seeds N] [--first N] [--seed N] [--mutation NAME] [--proof no]\n"
                            .utf8))
                exit(64)
            }
        }
    }
}
