internal import BursarCore

/// Readers of single values: each gives `nil` and notes why where the node is something else.
extension Findings {
    mutating func text(_ node: Node) -> String? {
        guard case .scalar(let text, let plain) = node.value,
            !plain || ScalarForm(plain: text) == .text
        else {
            expected("text", at: node)
            return nil
        }
        guard !text.isEmpty else {
            note(.emptyText, at: node)
            return nil
        }
        guard !text.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            note(.controlCharacter, at: node)
            return nil
        }
        return text
    }

    mutating func truth(_ node: Node) -> Bool? {
        if case .scalar(let text, plain: true) = node.value,
            case .truth(let truth) = ScalarForm(plain: text)
        {
            return truth
        }
        expected("true or false", at: node)
        return nil
    }

    mutating func wholeNumber(_ node: Node, _ range: ClosedRange<Int>, of field: String) -> Int? {
        guard case .scalar(let text, plain: true) = node.value,
            ScalarForm(plain: text) == .wholeNumber
        else {
            expected("a whole number", at: node)
            return nil
        }
        guard let number = ScalarForm.int(text), range.contains(number) else {
            note(.outOfRange(field: field, range), at: node)
            return nil
        }
        return number
    }

    /// The text of a plain decimal or whole number: exact, so never through `Double`.
    mutating func amount(_ node: Node) -> DecimalText? {
        if case .scalar(let text, plain: true) = node.value, let decimal = DecimalText(text) {
            return decimal
        }
        expected("an amount in US dollars", at: node)
        return nil
    }

    mutating func span(_ node: Node) -> Span? {
        guard let text = timeText(node, "a length of time like `24h`") else { return nil }
        guard let span = Span(text) else {
            note(.invalidSpan(text), at: node)
            return nil
        }
        return span
    }

    mutating func positiveSpan(_ node: Node) -> Span? {
        guard let span = span(node) else { return nil }
        guard span.seconds > 0 else {
            note(.spanNotPositive, at: node)
            return nil
        }
        return span
    }

    mutating func instant(_ node: Node) -> Instant? {
        guard let text = timeText(node, "an instant like `2026-11-24T10:00:00Z`") else {
            return nil
        }
        guard let instant = Instant(text) else {
            note(.invalidInstant(text), at: node)
            return nil
        }
        return instant
    }

    mutating func period(_ node: Node) -> BudgetPeriod? {
        guard let text = timeText(node, "a period like `30d`") else { return nil }
        guard let period = BudgetPeriod(text) else {
            note(.invalidPeriod(text), at: node)
            return nil
        }
        return period
    }

    private mutating func timeText(_ node: Node, _ what: String) -> String? {
        guard case .scalar(let text, let plain) = node.value,
            !plain || ScalarForm(plain: text) == .text
        else {
            expected(what, at: node)
            return nil
        }
        return text
    }

    mutating func secretName(_ node: Node) -> SecretName? {
        guard let text = text(node) else { return nil }
        guard let name = SecretName(text) else {
            note(.invalidSecretName(text), at: node)
            return nil
        }
        return name
    }

    /// `http` or `https`, a host, and no user or password, which would be a secret.
    mutating func url(_ node: Node) -> String? {
        guard let text = text(node) else { return nil }
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            guard (rest.first ?? "/") != "/",
                !rest.contains(where: { $0 == "@" || $0.isWhitespace })
            else { break }
            return text
        }
        note(.invalidURL, at: node)
        return nil
    }

    mutating func word(_ node: Node, _ allowed: [String]) -> String? {
        text(node).flatMap { word($0, allowed, at: node.extent) }
    }

    mutating func word(_ text: String, _ allowed: [String], at extent: Extent) -> String? {
        guard allowed.contains(text) else {
            let nearest = NearestName.of(text, among: allowed)
            note(.unknownWord(text, allowed: allowed, nearest: nearest), at: extent)
            return nil
        }
        return text
    }

    mutating func items(_ node: Node) -> [Node]? {
        guard case .sequence(let items) = node.value else {
            expected("a list", at: node)
            return nil
        }
        return items
    }

    mutating func pairs(_ node: Node) -> [Node.Pair]? {
        guard case .mapping(let pairs) = node.value else {
            expected("a mapping", at: node)
            return nil
        }
        return pairs
    }

    /// Of a list of models, without the words that stand for others: a team is not read back from LiteLLM
    /// as it was written with one, and every plan would write it again.
    mutating func modelNames(_ node: Node) -> [(text: String, extent: Extent)]? {
        guard let names = names(node) else { return nil }
        for name in names where Schema.Format.modelWords.contains(name.text) {
            note(.wordInList(name.text), at: name.extent)
        }
        return names
    }

    /// Texts of a list, each once.
    mutating func names(_ node: Node) -> [(text: String, extent: Extent)]? {
        guard let items = items(node) else { return nil }
        var names: [(text: String, extent: Extent)] = []
        names.reserveCapacity(items.count)
        // Most lists are short: a table of their texts costs more than looking through them.
        var index: [String: Mark] = [:]
        for item in items {
            guard let text = text(item) else { continue }
            let first =
                items.count > 16
                ? index[text] : names.first { $0.text == text }?.extent.start
            if let first {
                note(.duplicateEntry(text, first), at: item)
                continue
            }
            if items.count > 16 { index[text] = item.extent.start }
            names.append((text, item.extent))
        }
        return names
    }

    /// A mapping of texts.
    mutating func texts(_ node: Node) -> [String: String]? {
        guard let pairs = pairs(node) else { return nil }
        var texts: [String: String] = [:]
        for pair in pairs { texts[pair.name] = text(pair.value) }
        return texts
    }

    /// A mapping of texts, numbers and truth values, each as YAML has it: what is quoted is text.
    mutating func scalars(_ node: Node) -> [String: JSONValue]? {
        guard let pairs = pairs(node) else { return nil }
        var values: [String: JSONValue] = [:]
        for pair in pairs {
            if case .scalar(let text, plain: true) = pair.value.value, !pair.value.isNull {
                values[pair.name] = Self.scalar(text)
            } else {
                values[pair.name] = text(pair.value).map { .string($0) }
            }
        }
        return values
    }

    private static func scalar(_ text: String) -> JSONValue {
        switch ScalarForm(plain: text) {
        case .truth(let flag): .bool(flag)
        case .wholeNumber: ScalarForm.int(text).map { .number($0) } ?? .string(text)
        // JSON has no `.5`, and nothing for `.inf`.
        case .decimal:
            JSONValue(parsing: Array(text.utf8)) ?? JSONValue(parsing: Array("0\(text)".utf8))
                ?? .string(text)
        case .text, .null: .string(text)
        }
    }
}
