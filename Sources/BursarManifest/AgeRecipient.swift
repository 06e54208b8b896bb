/// A public key of age, in Bech32 (BIP 173, of any length): `age1…`, or `age1plugin1…` of a plugin.
enum AgeRecipient {
    /// Whether it is whole: its checksum finds every slip of up to four letters.
    static func isOne(_ text: String) -> Bool {
        guard let cut = text.utf8.lastIndex(of: UInt8(ascii: "1")), text.hasPrefix("age1") else {
            return false
        }
        let name = text.utf8[..<cut]
        let digits = text.utf8[cut...].dropFirst().map(digit)
        guard digits.count > 6, name.allSatisfy({ (97...122).contains($0) || isInner($0) }) else {
            return false
        }
        var values = name.map { $0 >> 5 } + [0] + name.map { $0 & 31 }
        for digit in digits {
            guard let digit else { return false }
            values.append(digit)
        }
        return checksum(values) == 1
    }

    /// What a plugin's name may have beside letters.
    private static func isInner(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || [43, 45, 46, 95].contains(byte)
    }

    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

    private static func digit(_ byte: UInt8) -> UInt8? {
        alphabet.firstIndex(of: byte).map(UInt8.init)
    }

    private static let generator: [UInt32] = [
        0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3,
    ]

    private static func checksum(_ values: [UInt8]) -> UInt32 {
        values.reduce(1) { sum, value in
            let top = sum >> 25
            let next = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
            return generator.enumerated().reduce(next) { sum, row in
                top >> row.offset & 1 == 1 ? sum ^ row.element : sum
            }
        }
    }
}
