import BursarManifest
import FoundationEssentials
import Glibc
import TestSupport

/// What is mutated: every file of the goldens.
struct Corpus {
    let texts: [[UInt8]]

    init(folder: String) {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        texts = names.filter { $0.hasSuffix(".yaml") }.sorted().compactMap {
            FileManager.default.contents(atPath: "\(folder)/\($0)").map(Array.init)
        }
    }

    /// A few files in a few directories, a third of them grown beyond what anybody writes.
    func source(_ seed: UInt64) -> SourceFiles {
        var mutator = Mutator(seed: seed, corpus: texts)
        var files = SourceFiles()
        if mutator.chance(3) {
            files.configuration = ManifestFile(path: "bursar.yaml", bytes: mutator.text())
        }
        let directories = ["", "prod/", "prod/eu/", "test/"]
        for number in 0..<mutator.number(1...4) {
            let directory = mutator.pick(directories)
            files.manifests.append(
                ManifestFile(path: "\(directory)f\(number).yaml", bytes: mutator.text()))
        }
        if mutator.chance(8) { files.unreadable = ["prod/x.yaml"] }
        return files
    }

    func show(_ files: SourceFiles) {
        for file in (files.configuration.map { [$0] } ?? []) + files.manifests {
            print("# \(file.path): \(file.bytes.count) bytes")
            print(String(decoding: file.bytes, as: UTF8.self))
        }
    }
}

extension SourceFiles {
    var size: Int {
        manifests.reduce(configuration?.bytes.count ?? 0) { $0 + $1.bytes.count }
    }
}
