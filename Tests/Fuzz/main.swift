import BursarCore
import BursarManifest
import FoundationEssentials
import Glibc
import TestSupport

// Any bytes give diagnostics: never a trap, a hang, or memory beyond 64 times their size.
//
//     Fuzz CORPUS [--seconds N] [--seed S] [--count N] [--state FILE] [--show]
//
// Each seed makes one source. FILE always holds the seed in hand, for whoever finds the process dead;
// `--seed S --count 1` does it again, and `--show` prints the files.

struct Options {
    var corpus = ""
    var seconds = 60
    var seed: UInt64 = 1
    var count = Int.max
    var state: String?
    var show = false

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        func value() -> String { rest.popFirst() ?? "" }
        while let argument = rest.popFirst() {
            switch argument {
            case "--seconds": seconds = Int(value()) ?? seconds
            case "--seed": seed = UInt64(value()) ?? seed
            case "--count": count = Int(value()) ?? count
            case "--state": state = value()
            case "--show": show = true
            default: corpus = argument
            }
        }
    }
}

let options = Options(CommandLine.arguments)
let corpus = Corpus(folder: options.corpus)
guard !corpus.texts.isEmpty else {
    print("fuzz: no texts below \(options.corpus)")
    exit(2)
}
let state = options.state.map { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) } ?? -1
var seed = options.seed
var bytes = 0
var tally = Tally()
let end = Clock.now() + .seconds(options.seconds)
while Clock.now() < end, seed - options.seed < UInt64(options.count) {
    let line = Array("\(seed)                    \n".utf8.prefix(20))
    if state >= 0 { _ = pwrite(state, line, line.count, 0) }
    // A hang is killed, and the seed is in the file.
    alarm(60)
    let files = corpus.source(seed)
    if options.show { corpus.show(files) }
    do { tally.add(try Examination(of: files).run(), of: files) } catch {
        print("fuzz: \(error.text)")
        exit(1)
    }
    seed += 1
}
print("fuzz: \(tally) from seed \(options.seed)")
