import Testing

@testable import BursarCore

struct SecretMarkerTests {
    private let hash = KeyHash(of: SecretValue("sk-a"))

    @Test(arguments: 1...50) func `A marker is read back from a description`(number: Int) throws {
        let generation = try #require(Generation(number))
        let marker = SecretMarker(
            owner: "prod", generation: generation, fingerprint: hash.fingerprint)
        #expect(SecretMarker(in: "Key of search. \(marker)") == marker)
        #expect(SecretMarker(in: "\(marker) and \(marker)") == marker)
        #expect(marker.fingerprint.names(hash))
    }

    @Test(arguments: [
        "", "[bursar/1 ", "[bursar/1 owner=a g=0 sha256=0123456789abcdef]",
        "[bursar/1 owner=a g=1]",
        "[bursar/2 owner=a g=1 sha256=0123456789abcdef]", "[bursar/1 owner g=1]",
        "[bursar/1 owner=a g=1 sha256=0123456789ABCDEF]", "[bursar/1 owner=a g=1 sha256=0123",
    ])
    func `What is no whole marker is none`(description: String) {
        #expect(SecretMarker(in: description) == nil)
    }
}
