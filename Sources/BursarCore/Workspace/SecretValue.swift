/// A secret: it has no `Equatable`, no `Encodable`, and every way to print it prints `•••`.
///
/// Two secrets are compared by fingerprint alone. `withExposed` is the one way to the text, so that
/// every place where a value leaves the process is found by searching for it.
package struct SecretValue: Sendable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var isEmpty: Bool { text.isEmpty }

    /// Hands the text to the wire or the secret store. Never let it escape into an error or a log.
    package func withExposed<Result, Failure: Error>(
        _ body: (String) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(text)
    }

    /// `text` with every occurrence of this secret replaced: for what a server echoes back.
    package func scrubbed(from text: String) -> String {
        self.text.count < 4 ? text : text.replacing(self.text, with: Self.mask)
    }

    package static let mask = "•••"
}

extension SecretValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { Self.mask }
    package var debugDescription: String { Self.mask }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
