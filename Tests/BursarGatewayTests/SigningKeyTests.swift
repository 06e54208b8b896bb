import BursarCore
import BursarEngine
import Testing

@testable import BursarGateway

struct SigningKeyTests {
    private let forge = TokenForge()
    private let time = SetTime()
    private let keys: SigningKeys

    init() {
        keys = SigningKeys(url: TokenForge.jwksURL, transport: forge, time: time)
    }

    private func fault(_ id: String) async -> TokenFault? {
        do throws(TokenFault) {
            _ = try await keys.key(id)
            return nil
        } catch { return error }
    }

    @Test func `The keys are read once in their lifetime, by however many`() async {
        await withTaskGroup(of: TokenFault?.self) { group in
            for _ in 0..<20 { group.addTask { await fault("rsa-1") } }
            for await fault in group { #expect(fault == nil) }
        }
        #expect(forge.requests == 1)
        time.advance(SigningKeys.lifetime)
        #expect(await fault("ec-1") == nil)
        #expect(forge.requests == 2)
    }

    @Test func `A new key of the provider's is found, and drawn ids make no requests`() async {
        #expect(await fault("rsa-1") == nil)
        time.advance(SigningKeys.pause)
        forge.publish([forge.rsaJWK("rsa-2")])
        #expect(await fault("rsa-2") == nil)
        #expect(await fault("rsa-1") == .unknownKey)
        #expect(forge.requests == 2)
        for number in 0..<50 { #expect(await fault("drawn-\(number)") == .unknownKey) }
        #expect(forge.requests == 2)
        time.advance(SigningKeys.pause)
        #expect(await fault("drawn") == .unknownKey)
        #expect(forge.requests == 3)
    }

    @Test func `A provider that is down is survived for an hour`() async {
        #expect(await fault("rsa-1") == nil)
        forge.fail(.cannotConnect("no route"))
        time.advance(Span(seconds: 3599))
        #expect(await fault("rsa-1") == nil)
        time.advance(Span(seconds: 1))
        #expect(await fault("rsa-1") != nil)
        time.advance(SigningKeys.pause)
        let told = await fault("rsa-1")
        #expect(
            told == .provider("\(TokenForge.jwksURL) gives no answer (cannot connect)"))
        forge.fail(nil, status: 503)
        time.advance(SigningKeys.pause)
        #expect(await fault("rsa-1") == .provider("\(TokenForge.jwksURL) answers 503"))
        forge.fail(nil)
        time.advance(SigningKeys.pause)
        #expect(await fault("rsa-1") == nil)
    }

    @Test func `Only keys that sign tokens as we take them are keys`() async {
        forge.publish([
            forge.rsaJWK("encrypts", more: #", "use": "enc""#),
            forge.rsaJWK("other-algorithm", more: #", "alg": "RS512""#),
            forge.rsaJWK("confused", more: #", "alg": "ES256""#),
            forge.ecJWK("confused-too", more: #", "alg": "RS256""#),
            forge.rsaJWK("twice"), forge.rsaJWK("twice", other: true),
            #"{"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}"#,
            #"{"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"}"#,
            #"{"kty": "EC", "kid": "off", "crv": "P-256", "x": "AQAB", "y": "AQAB"}"#,
            forge.rsaJWK("good", more: #", "alg": "RS256", "use": "sig""#),
        ])
        #expect(await fault("good") == nil)
        for id in [
            "encrypts", "other-algorithm", "confused", "confused-too", "twice", "shared", "short",
            "off",
        ] {
            #expect(await fault(id) == .unknownKey, "\(id)")
        }
    }
}
