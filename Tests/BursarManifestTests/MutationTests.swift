import BursarCore
import TestSupport
import Testing

@testable import BursarManifest

/// Whatever the bytes, reading them ends without a trap.
struct MutationTests {
    private static let good = """
        apiVersion: bursar/v1
        kind: Workspace
        metadata: {name: search, labels: {a: b}, annotations: {bursar/paused: "x"}}
        spec:
          id: "7b1f"
          budget: {limit: 250.5e0, period: 30d, warnAt: 80%}
          models: [a, 'b', "c\\x41"]
          keys:
            - secret: A
              models: [a]
              rotation: {every: 30d, maxAge: 90d, overlap: 24h, after: 2026-11-24T10:00:00Z}
          providerSecrets:
            - name: B
              valueFrom: {exec: [x, y]}
              models: [{name: m, upstream: o/m, params: {t: 0.2}, credentials: {k: B}}]

        """

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `Mutated bytes never trap and always end`(seed: UInt64) {
        var random = Seeded(seed: seed)
        let interesting =
            Array("{}[]:,-&*!|>'\"%@`#?\t\n\r \u{0}\u{7F}09.eE+~<sk".utf8) + [0xFF, 0xC2, 0x85]
        for _ in 0..<60 {
            var bytes = Array(Self.good.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                let byte = interesting.randomElement(using: &random) ?? 0
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = byte
                case 1: bytes.insert(byte, at: at)
                case 2: bytes.remove(at: at)
                default: bytes.append(contentsOf: bytes[..<at])
                }
            }
            let file = ManifestFile(path: "m.yaml", bytes: bytes)
            let loaded = loadManifests(configuration: file, manifests: [file])
            #expect(loaded.desired.isWhole == loaded.diagnostics.isEmpty)
            #expect(render(loaded.diagnostics, color: true).isEmpty == loaded.diagnostics.isEmpty)
        }
    }
}
