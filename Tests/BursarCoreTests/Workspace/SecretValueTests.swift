import Testing

@testable import BursarCore

struct SecretValueTests {
    private let secret = SecretValue("sk-very-secret")

    @Test func `No way of printing shows a secret`() {
        struct Holder { let secret: SecretValue }
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        let optional: SecretValue? = secret
        let printed = [
            "\(secret)", String(describing: secret), String(reflecting: secret), dumped,
            "\([secret])", "\(optional as Any)", "\(["a": secret])", "\(Holder(secret: secret))",
        ]
        for text in printed {
            #expect(!text.contains("very"))
            #expect(text.contains(SecretValue.mask))
        }
    }

    @Test func `A server's echo is scrubbed`() {
        #expect(secret.scrubbed(from: "bad key sk-very-secret!") == "bad key •••!")
        #expect(SecretValue("a").scrubbed(from: "a banana") == "a banana")
    }
}
