internal import BursarCore
internal import CLibYAML

/// For a process that reads many files and ends, before it has a second thread.
package func growHeapInLargeSteps() { bursar_grow_the_heap_in_large_steps() }

/// For a thread that is about to read some dozens of files.
func reserveHeap() { bursar_reserve_heap(2 << 20) }

/// YAML bytes into documents. The only file that knows libyaml.
///
/// No aliases, tags or merge keys: they make a manifest hard to review, and an alias can stand for
/// more than fits into memory.
enum DocumentParser {
    static let maximumDepth = 64
    /// In one document.
    static let maximumNodes = 200_000

    /// The documents up to the first place that is no YAML, and what is wrong there.
    static func parse(_ source: SourceText) -> (documents: [Document], failure: Located?) {
        if let encoding = source.foreignEncoding {
            return ([], Located(problem: .notUTF8(encoding), extent: source.extent(atByte: 0)))
        }
        return source.text.withUnsafeBufferPointer { bytes in
            var composer = Composer(bytes, file: source.number)
            var documents: [Document] = []
            do throws(Located) {
                while let document = try composer.document() { documents.append(document) }
                return (documents, nil)
            } catch {
                return (documents, composer.located(error, in: source))
            }
        }
    }
}

private struct Composer: ~Copyable {
    /// On the heap, since libyaml keeps its address.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var event = yaml_event_t()
    private let file: Int32
    private var nodes = 0
    private var problems = ProblemList()
    /// The children of collections that are not read to their end: each is allocated once, in its size.
    private var items = Stack<Node>()
    private var pairs = Stack<Node.Pair>()

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: Int32) {
        self.file = file
        parser = .allocate(capacity: 1)
        // Fails only without memory; then the first event says so.
        _ = yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private var extent: Extent {
        Extent(file: file, start: Mark(event.start_mark), end: Mark(event.end_mark))
    }

    /// Every event is read by this and deleted by its reader.
    private mutating func next() throws(Located) {
        guard yaml_parser_parse(parser, &event) == 1 else {
            let mark = Mark(parser.pointee.problem_mark)
            throw Located(
                problem: .syntax(reason), extent: Extent(file: file, start: mark, end: mark))
        }
    }

    private var reason: String {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
        guard let context = parser.pointee.context else { return problem }
        let line = parser.pointee.context_mark.line + 1
        return "\(problem), \(String(cString: context)) that starts in line \(line)"
    }

    /// What libyaml reports of bytes it cannot read has no mark but a byte offset; and a tab is
    /// worth its own words.
    func located(_ failure: Located, in source: SourceText) -> Located {
        guard case .syntax(let reason) = failure.problem else { return failure }
        if parser.pointee.error == YAML_READER_ERROR {
            let extent = source.extent(atByte: Int(parser.pointee.problem_offset))
            return Located(problem: .unreadable(reason), extent: extent)
        }
        if source.isTab(at: failure.extent.start) || reason.contains("tab character") {
            return Located(problem: .tab, extent: failure.extent)
        }
        return failure
    }

    mutating func document() throws(Located) -> Document? {
        while true {
            try next()
            let type = event.type
            yaml_event_delete(&event)
            switch type {
            case YAML_STREAM_END_EVENT: return nil
            case YAML_DOCUMENT_START_EVENT:
                try next()
                nodes = 0
                let root = try node(depth: 0)
                defer { problems = ProblemList() }
                return Document(root: root, problems: problems)
            default: continue  // the stream's start, a document's end
            }
        }
    }

    /// Reads what the event in hand starts.
    private mutating func node(depth: Int) throws(Located) -> Node {
        defer { yaml_event_delete(&event) }
        let start = extent
        nodes += 1
        guard nodes <= DocumentParser.maximumNodes else {
            throw Located(problem: .tooManyNodes(DocumentParser.maximumNodes), extent: start)
        }
        guard depth <= DocumentParser.maximumDepth else {
            throw Located(problem: .tooDeep(DocumentParser.maximumDepth), extent: start)
        }
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            refuse(tag: scalar.tag, at: start)
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = String(decoding: bytes, as: UTF8.self)
            let plain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return Node(value: .scalar(text, plain: plain), extent: start)
        case YAML_SEQUENCE_START_EVENT:
            refuse(tag: event.data.sequence_start.tag, at: start)
            return try sequence(from: start, depth: depth)
        case YAML_MAPPING_START_EVENT:
            refuse(tag: event.data.mapping_start.tag, at: start)
            return try mapping(from: start, depth: depth)
        default:  // an alias: nothing else can stand here
            let anchor = event.data.alias.anchor.map { String(cString: $0) } ?? ""
            problems.add(.alias(anchor), at: start)
            return Node(value: .refused, extent: start)
        }
    }

    private mutating func sequence(from start: Extent, depth: Int) throws(Located) -> Node {
        yaml_event_delete(&event)
        let first = items.count
        while true {
            try next()
            if event.type == YAML_SEQUENCE_END_EVENT { break }
            let item = try node(depth: depth + 1)
            items.push(item)
        }
        let extent = Extent(file: file, start: start.start, end: Mark(event.end_mark))
        return Node(value: .sequence(items.pop(to: first)), extent: extent)
    }

    private mutating func mapping(from start: Extent, depth: Int) throws(Located) -> Node {
        yaml_event_delete(&event)
        let first = pairs.count
        var names: [String: Mark] = [:]
        while true {
            try next()
            if event.type == YAML_MAPPING_END_EVENT { break }
            let key = try node(depth: depth + 1)
            try next()
            let value = try node(depth: depth + 1)
            guard let name = key.text else {
                if case .refused = key.value { continue }
                problems.add(.fieldIsNoText, at: key.extent)
                continue
            }
            if name == "<<" {
                problems.add(.mergeKey, at: key.extent)
            } else if let mark = mark(of: name, from: first, &names) {
                problems.add(.duplicateField(name, mark), at: key.extent)
            } else {
                pairs.push(Node.Pair(name: name, key: key.extent, value: value))
                if !names.isEmpty { names[name] = key.extent.start }
            }
        }
        let extent = Extent(file: file, start: start.start, end: Mark(event.end_mark))
        return Node(value: .mapping(pairs.pop(to: first)), extent: extent)
    }

    /// Where a pair of that name stands; by hash once there are many.
    private func mark(
        of name: String, from first: Int, _ names: inout [String: Mark]
    ) -> Mark? {
        let own = first..<pairs.count
        guard own.count >= 16 else {
            return own.first { pairs[$0].name == name }.map { pairs[$0].key.start }
        }
        if names.isEmpty { for at in own { names[pairs[at].name] = pairs[at].key.start } }
        return names[name]
    }

    private mutating func refuse(tag: UnsafeMutablePointer<yaml_char_t>?, at extent: Extent) {
        guard let tag else { return }
        let text = String(decodingCString: UnsafePointer(tag), as: UTF8.self)
        problems.add(.tag(text), at: extent)
    }
}

extension Mark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(
            line: Int32(clamping: mark.line + 1), column: Int32(clamping: mark.column + 1))
    }
}
