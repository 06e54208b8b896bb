internal import BursarCore

/// One file's documents of ours, and what is wrong with it as such.
struct FileReading {
    private(set) var documents: [(kind: Schema.Kind, document: Document)] = []
    private(set) var problems = ProblemList()
    /// Not all of it could be read: what it may have held is unknown.
    private(set) var isCut: Bool
    let source: SourceText

    /// Empty documents between two `---` are nobody's.
    init(_ source: SourceText) {
        self.source = source
        for extent in source.extents(
            ofBytes: LiteralSecrets.ranges(in: source.text).prefix(ProblemList.maximum + 1))
        {
            problems.add(.literalSecret(field: nil), at: extent)
        }
        let (parsed, failure) = DocumentParser.parse(source)
        isCut = failure != nil
        if let failure { problems.add(failure) }
        var isEmpty = failure == nil
        for document in parsed where !document.root.isNull {
            isEmpty = false
            switch DocumentKind(of: document.root) {
            case .ours(let kind):
                problems.add(document.problems)
                documents.append((kind, document))
            case .refused(let located):
                problems.add(located)
                isCut = true
            case .unreadable:
                problems.add(document.problems)
                isCut = true
            }
        }
        if isEmpty {
            problems.add(.emptyFile, at: source.extent(atByte: 0))
        }
    }

    /// A kind that cannot stand in a file of manifests.
    func misplaced(_ kind: Schema.Kind, _ document: Document) -> Located {
        let problem: ManifestProblem =
            kind == .configuration
            ? .misplacedKind(kind.rawValue, configuration: false)
            : .gatewayInSource
        return Located(problem: problem, extent: document.kindExtent)
    }
}

extension Document {
    /// Where it says its kind.
    var kindExtent: Extent { root["kind"]?.extent ?? root.extent }
}

/// The configuration file.
struct ConfigurationReading {
    /// `nil` where it has an error.
    private(set) var configuration: Configuration?
    private(set) var problems: ProblemList

    init(_ source: SourceText) {
        let reading = FileReading(source)
        problems = reading.problems
        var first: Mark?
        for (kind, document) in reading.documents {
            let place = document.kindExtent
            if kind != .configuration {
                let problem = ManifestProblem.misplacedKind(kind.rawValue, configuration: true)
                problems.add(problem, at: place)
            } else if let first {
                let problem = ManifestProblem.severalConfigurations(first: first)
                problems.add(problem, at: place)
            } else {
                first = place.start
                let decoded = ConfigurationDecoder.decode(document, path: source.path)
                problems.add(decoded.problems)
                configuration = decoded.configuration
            }
        }
        if !problems.isEmpty { configuration = nil }
    }
}
