internal import BursarCore

/// The first step of a source: the files that may give something to whole directories.
struct SharedReading {
    var scopes = Scopes()
    /// Of all these files.
    private(set) var problems: [Located]
    /// The workspaces that stand in the same files, by file, so that none is read twice.
    private(set) var workspaces: [Int: [Document]] = [:]

    init(_ problems: [Located]) { self.problems = problems }

    /// A file that gave no bytes may have given something to its directory.
    mutating func hold(_ path: String) {
        scopes.hold(Scopes.directory(of: path), by: .unreadable(path))
    }

    mutating func add(_ reading: FileReading) {
        let source = reading.source
        let directory = Scopes.directory(of: source.path)
        var found = reading.problems
        var isSound = !reading.isCut
        var workspaces: [Document] = []
        for (kind, document) in reading.documents {
            switch kind {
            case .workspace: workspaces.append(document)
            case .configuration, .gateway: found.add(reading.misplaced(kind, document))
            case .defaults:
                let own = defaults(document, in: directory)
                isSound = isSound && !own.hasErrors && !document.problems.hasErrors
                found.add(own)
            case .policy:
                let (terms, own) = PolicyDecoder.decode(document)
                scopes.add(terms: terms, in: directory)
                isSound = isSound && !own.hasErrors && !document.problems.hasErrors
                found.add(own)
            }
        }
        problems += found.all
        self.workspaces[Int(source.number)] = workspaces
        if !isSound { scopes.hold(directory, by: .file(source.number)) }
    }

    /// What is wrong with them.
    private mutating func defaults(
        _ document: Document, in directory: Substring
    ) -> ProblemList {
        var (spec, found) = DefaultsDecoder.decode(document)
        let place = document.kindExtent
        if let spec, let first = scopes.add(defaults: spec, place: place, in: directory) {
            found.add(.severalDefaults(first: first), at: place)
        }
        return found
    }
}

extension SourceText {
    /// `false` only where no document can be of kind Defaults or Policy: a scalar that is one of
    /// these words is written as it is, or with an escape.
    var mayHoldShared: Bool {
        text.withUnsafeBufferPointer { bytes in
            for at in bytes.indices {
                switch bytes[at] {
                case 92: return true
                case 68 where Self.has(Self.defaults, in: bytes, at: at): return true
                case 80 where Self.has(Self.policy, in: bytes, at: at): return true
                default: continue
                }
            }
            return false
        }
    }

    private static let defaults = Array(Schema.Kind.defaults.rawValue.utf8)
    private static let policy = Array(Schema.Kind.policy.rawValue.utf8)

    private static func has(
        _ word: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, at start: Int
    ) -> Bool {
        guard start + word.count <= bytes.count else { return false }
        return word.indices.allSatisfy { bytes[start + $0] == word[$0] }
    }
}
