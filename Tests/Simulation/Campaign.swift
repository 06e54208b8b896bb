import Foundation

/// Plays one world from beginning to end, its jobs one after another.
func play(
    _ seed: UInt64, _ mutation: Mutation?, records: Bool = false
) async -> (broken: [String], history: [String]) {
    let executor = SerialTaskExecutor()
    return await withTaskExecutorPreference(executor) {
        let world = World(seed: seed, mutation: mutation, records: records)
        await world.live()
        return world.outcome
    }
}

/// Prints at once, also into a pipe: a campaign takes minutes.
private func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// Many seeds on all cores, then each mutation until a seed finds it.
struct Campaign {
    private let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    /// How many seeds a mutation may survive.
    private static let patience = 500

    /// - Returns: whether anything failed.
    func run() async -> Bool {
        let begin = Date()
        let seeds = (arguments.first..<arguments.first + arguments.seeds).map { UInt64($0) }
        let failing = await broken(seeds, arguments.mutation, stopAtFirst: false)
        for (seed, sentences) in failing.prefix(20) {
            say("seed \(seed): \(sentences.first ?? "")")
        }
        say(
            "simulation: \(seeds.count) seeds, \(failing.count) failed, "
                + "\(Int(Date().timeIntervalSince(begin))) s")
        if !failing.isEmpty { say("replay one with: make simulate SEED=\(failing[0].seed)") }
        guard arguments.mutation == nil, arguments.proves else { return !failing.isEmpty }
        var survived = 0
        for mutation in Mutation.allCases {
            let seeds = (0..<Self.patience).map { UInt64($0) }
            if let found = await broken(seeds, mutation, stopAtFirst: true).first {
                say(
                    "mutation \"\(mutation.rawValue)\": found by seed \(found.seed): "
                        + "\(found.sentences.first ?? "")")
            } else {
                survived += 1
                say("mutation \"\(mutation.rawValue)\": NOT FOUND in \(Self.patience) seeds")
            }
        }
        let failed = failing.count + survived
        say("\(seeds.count + Mutation.allCases.count - failed) passed, \(failed) failed")
        return failed > 0
    }

    private func broken(
        _ seeds: [UInt64], _ mutation: Mutation?, stopAtFirst: Bool
    ) async -> [(seed: UInt64, sentences: [String])] {
        let workers = ProcessInfo.processInfo.activeProcessorCount
        return await withTaskGroup(of: (UInt64, [String]).self) { group in
            var next = seeds.makeIterator()
            func start() {
                guard let seed = next.next() else { return }
                group.addTask { (seed, await play(seed, mutation).broken) }
            }
            for _ in 0..<workers { start() }
            var found: [(seed: UInt64, sentences: [String])] = []
            for await (seed, sentences) in group {
                if !sentences.isEmpty { found.append((seed, sentences)) }
                if found.isEmpty || !stopAtFirst { start() }
            }
            return found.sorted { $0.seed < $1.seed }
        }
    }
}
