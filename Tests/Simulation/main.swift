import BursarCore
import Foundation

/// `simulate [--seeds N] [--first N] [--seed N] [--mutation NAME] [--proof no]`: worlds in which everything goes
/// wrong, and what must hold all the same. One seed prints its whole history.
let arguments = try Arguments(CommandLine.arguments.dropFirst())

// A run of minutes shows what it found when it found it, also in a pipe.
setvbuf(stdout, nil, _IOLBF, 0)

if let seed = arguments.seed {
    let world = await play(seed, arguments.mutation, records: true)
    for line in world.history { print(line) }
    for sentence in world.broken { print("BROKEN \(sentence)") }
    exit(world.broken.isEmpty ? 0 : 1)
}

let failed = await Campaign(arguments).run()
exit(failed ? 1 : 0)
