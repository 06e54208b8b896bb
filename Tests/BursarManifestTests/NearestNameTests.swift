import Testing

@testable import BursarManifest

struct NearestNameTests {
    @Test(arguments: [
        ("budgt", "budget"), ("Budget", "budget"), ("modles", "models"), ("limit", "limits"),
    ])
    func `A slip of the pen is found`(written: String, meant: String) {
        #expect(NearestName.of(written, among: ["limits", "models", "budget"]) == meant)
    }

    @Test func `What is far from every name has none`() {
        #expect(NearestName.of("zzz", among: ["limits", "budget"]) == nil)
        #expect(NearestName.of("", among: ["limits"]) == nil)
        #expect(NearestName.of("a", among: [String]()) == nil)
    }

    @Test func `Neighbours that change places are one edit`() {
        #expect(NearestName.distance(Array("ab".unicodeScalars), Array("ba".unicodeScalars)) == 1)
        #expect(NearestName.distance([], Array("ba".unicodeScalars)) == 2)
    }
}
