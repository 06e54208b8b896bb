import BursarCore
import Foundation

/// `simulate [--seeds N] [--first N] [--seed N] [--mutation NAME] [--proof no]`: worlds in which everything goes
/// wrong, and what must hold all the same. One seed prints its whole history.
let arguments = try Arguments(CommandLine.arguments.dropFirst())

if let seed = arguments.seed {
    let world = await play(seed, arguments.mutation, records: true)
    for line in world.history { print(line) }
    for sentence in world.broken { print("BROKEN \(sentence)") }
    exit(world.broken.isEmpty ? 0 : 1)
}

let failed = await Campaign(arguments).run()
exit(failed ? 1 : 0)
