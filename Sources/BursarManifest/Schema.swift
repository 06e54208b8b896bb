internal import BursarCore

/// What a manifest may say: the fields of every group and what may stand in each, as data. The
/// decoders ask for no field that does not stand here, and what a manifest writes beside these is an
/// unknown field. The JSON Schema and the reference are made of it; a test holds the decoders to it.
enum Schema {
    struct Field: Sendable {
        let name: String
        let shape: Shape
        /// One clause for help texts and the reference.
        let doc: String
        /// `false`: may be absent or `null`.
        let isRequired: Bool
        /// `false`: checked for its shape, then refused.
        let isSupported: Bool

        init(
            _ name: String, _ shape: Shape, _ doc: String, isRequired: Bool = false,
            isSupported: Bool = true
        ) {
            self.name = name
            self.shape = shape
            self.doc = doc
            self.isRequired = isRequired
            self.isSupported = isSupported
        }
    }

    /// By reference: every mapping of every manifest is read by one.
    final class Group: Sendable {
        /// As a sentence names it: `spec.budget`.
        let name: String
        let fields: [Field]
        let rules: [Rule]
        /// Names that do not begin so are others' and may be anything; `nil`: there are no others.
        let prefix: String?

        init(_ name: String, _ fields: [Field], rules: [Rule] = [], prefix: String? = nil) {
            self.name = name
            self.fields = fields
            self.rules = rules
            self.prefix = prefix
        }

        subscript(name: String) -> Field? { fields.first { $0.name == name } }

        /// Without a copy of the field: this is asked for every field of every manifest.
        func supports(_ name: String) -> Bool {
            fields.contains { $0.name == name && $0.isSupported }
        }
    }

    /// What a value may be.
    indirect enum Shape: Sendable {
        /// Not empty, without control characters.
        case text
        case format(Format)
        case word([String])
        case truth
        case number(ClosedRange<Int>)
        /// US dollars above 0.
        case amount
        /// US dollars from 0.
        case amountOrNone
        /// Compute Units from 0.
        case rate
        /// A length of time.
        case spanWithin(ClosedRange<Span>)
        case list(Shape)
        /// Each once.
        case set(Shape)
        /// A list of at least one text.
        case command
        /// Any names.
        case map(Shape)
        /// A text, number or truth value, taken as it is written.
        case loose
        case anything
        case group(Group)
        /// A group of which `null` is the empty one.
        case emptyGroup(Group)
        case either(Shape, Shape)
    }

    /// Texts of a certain form.
    enum Format: String, CaseIterable, Sendable {
        case id, secretName, model, ownModel, upstream, period, span, positiveSpan, instant,
            schedule, timeZone, window
        case percent, url, mode, listen, recipient
    }

    /// What stands between the fields of a group; a field that is `null` counts as absent.
    enum Rule: Sendable {
        case exclusive(String, String)
        /// The first says nothing without one of the others.
        case needs(String, [String])
        case exactlyOne([String])
        /// As `exactlyOne`, but `null` counts.
        case exactlyOneWritten([String])
    }

    static let version = "bursar/v1"

    /// The highest rate of Compute Units.
    static let rateMaximum = 1_000_000_000

    /// Kinds of `bursar/v1`.
    enum Kind: String, CaseIterable, Sendable {
        case workspace = "Workspace"
        case configuration = "Configuration"
        case defaults = "Defaults"
        case policy = "Policy"
        case gateway = "Gateway"

        var document: Group {
            switch self {
            case .workspace:
                // Without a spec everything is inherited.
                Schema.document(
                    self,
                    Field("metadata", .group(metadata), "what it is called", isRequired: true),
                    Field("spec", .group(spec), "what is wanted"))
            case .configuration:
                Schema.document(
                    self,
                    Field(
                        "metadata", .group(configurationMetadata), "the owner", isRequired: true),
                    Field("spec", .group(configurationSpec), "what it talks to, how far it may go"))
            case .defaults:
                Schema.document(
                    self, Field("metadata", .group(directoryMetadata), "what it is called"),
                    Field("spec", .group(defaultsSpec), "what the workspaces below inherit"))
            case .policy:
                Schema.document(
                    self, Field("metadata", .group(directoryMetadata), "what it is called"),
                    Field(
                        "spec", .group(policySpec), "what the workspaces below may say",
                        isRequired: true))
            case .gateway:
                Schema.document(
                    self,
                    Field("metadata", .group(gatewayMetadata), "its name", isRequired: true),
                    Field("spec", .group(gatewaySpec), "what it serves", isRequired: true))
            }
        }
    }

    private static func document(_ kind: Kind, _ metadata: Field, _ spec: Field) -> Group {
        Group(
            kind.rawValue,
            [
                Field("apiVersion", .word([version]), "the version of all kinds", isRequired: true),
                Field("kind", .word([kind.rawValue]), "what it is", isRequired: true), metadata,
                spec,
            ])
    }

    /// Of any kind: what the decoders look into.
    static let document = Group(
        "the document",
        [
            Field("apiVersion", .text, "always `bursar/v1`"),
            Field(
                "kind", .text,
                "`Workspace`, `Defaults`, `Policy`, `Configuration` in bursar.yaml, or `Gateway` in the gateway's own file"
            ),
            Field("metadata", .anything, "the name, labels and annotations"),
            Field("spec", .anything, "what is wanted"),
        ])
}
