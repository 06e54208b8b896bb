import BursarCore
import TestSupport

@testable import BursarManifest

/// YAML in flow style, to be varied.
indirect enum Sample {
    case scalar(String)
    case list([Sample])
    case map([(name: String, value: Sample)])

    var text: String {
        switch self {
        case .scalar(let text): text
        case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .map(let pairs):
            "{" + pairs.map { "\"\($0.name)\": \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }

    func setting(_ name: String, _ value: Sample?) -> Sample {
        guard case .map(var pairs) = self else { return self }
        pairs.removeAll { $0.name == name }
        if let value { pairs.append((name, value)) }
        return .map(pairs)
    }
}

/// Values that a shape takes and values that it does not, of the schema's own making.
struct Samples {
    var good: [Sample]
    var bad: [Sample]

    init(_ good: [Sample], bad: [Sample]) {
        self.good = good
        self.bad = bad
    }

    private init(_ good: [String], bad: [String]) {
        self.init(good.map { .scalar($0) }, bad: bad.map { .scalar($0) })
    }

    init(_ shape: Schema.Shape) {
        switch shape {
        case .text:
            self.init(
                ["x", "no", "\"1\"", "'true'"],
                bad: ["5", "true", "\"\"", "\"a\\x01b\"", "[]", "{}", "0.5"])
        case .format(let format): self.init(Self.good(format), bad: Self.bad(format) + ["5", "[]"])
        case .word(let words): self.init(words, bad: ["nope", "5", "[]"])
        case .truth: self.init(["true", "false"], bad: ["yes", "\"true\"", "1"])
        case .number(let range):
            self.init(
                ["\(range.lowerBound)", "\(range.upperBound)", "0x1F"],
                bad: ["\(range.lowerBound - 1)", "\(range.upperBound + 1)", "1.5", "\"5\"", "x"])
        case .amount:
            self.init(
                ["5", "0.5", "250.00", "1e3", "1000000000"],
                bad: ["0", "-1", "0.0", "1000000001", "\"5\"", "x", "{}"])
        case .amountOrNone: self.init(["0", "5", "0.5"], bad: ["-0.5", "\"5\""])
        case .spanWithin(let range):
            self.init(
                ["\(range.lowerBound)", "\(range.upperBound)"],
                bad: ["0s", "\(range.upperBound.seconds + 1)s", "5", "1y"])
        case .rate:
            self.init(
                ["0", "0.000000000001", "100", "1000000000"],
                bad: ["-0.5", "1000000001", "\"5\"", "x"])
        case .list(let item): self.init(list: item, isSet: false)
        case .set(let item): self.init(list: item, isSet: true)
        case .command:
            self.init(["[a]", "[a, a]"], bad: ["[]", "[5]", "a", "{}"])
        case .map(let value):
            let values = Samples(value)
            self.init(
                [.map([])] + values.good.map { .map([("a", $0)]) },
                bad: values.bad.map { .map([("a", $0)]) } + [.scalar("x"), .list([])])
        case .loose: self.init(["x", "5", "true", "0.2"], bad: ["\"\"", "[]", "{}", "null"])
        case .anything: self.init(["x", "5", "{}"], bad: [])
        case .group(let group): self.init(group)
        case .emptyGroup(let group):
            self.init(group)
            good.append(.scalar("null"))
        case .either(let one, let other):
            let (a, b) = (Samples(one), Samples(other))
            self.init(a.good + b.good, bad: a.bad.filter { $0.text.first != "[" } + b.bad)
        }
    }

    private init(list item: Schema.Shape, isSet: Bool) {
        let items = Samples(item)
        var bad: [Sample] = items.bad.map { .list([$0]) } + [.scalar("x"), .map([])]
        if isSet, let first = items.good.first { bad.append(.list([first, first])) }
        self.init([.list([])] + items.good.map { .list([$0]) }, bad: bad)
    }

    /// Its least, and that with each value of each field.
    private init(_ group: Schema.Group) {
        let least = Self.least(group)
        good = [least]
        bad = [.scalar("x"), .list([]), least.setting("nonsense", .scalar("x"))]
        if let prefix = group.prefix {
            good.append(least.setting("other/\(prefix)x", .list([])))
            bad.removeLast()
            bad.append(least.setting("\(prefix)nonsense", .scalar("x")))
        }
        for field in group.fields {
            let samples = Samples(field.shape)
            let base = Self.base(group, for: field.name)
            if field.isSupported {
                good += samples.good.map { base.setting(field.name, $0) }
            } else {
                bad += samples.good.map { base.setting(field.name, $0) }
            }
            bad += samples.bad.map { base.setting(field.name, $0) }
            if field.isRequired {
                bad.append(least.setting(field.name, nil))
                bad.append(least.setting(field.name, .scalar("null")))
            } else if field.isSupported, !group.rules.contains(where: \.isExactlyOne) {
                good.append(least.setting(field.name, .scalar("null")))
            }
        }
        bad += group.rules.flatMap { Self.breaches($0, of: group) }
    }

    /// With the required fields alone.
    private static func least(_ group: Schema.Group) -> Sample {
        var names = Set(group.fields.filter(\.isRequired).map(\.name))
        for rule in group.rules {
            if case .exactlyOne(let some) = rule { names.formUnion(some.prefix(1)) }
            if case .exactlyOneWritten(let some) = rule { names.formUnion(some.prefix(1)) }
        }
        // What nobody gives would be missing.
        if group.name == Schema.Kind.workspace.rawValue { names.insert("spec") }
        if group.name == Schema.spec.name { names.formUnion(["budget", "models"]) }
        if group.name == Schema.budget.name { names.insert("limit") }
        let fields = group.fields.filter { names.contains($0.name) }
        return .map(fields.compactMap { field in first(field.shape).map { (field.name, $0) } })
    }

    private static func first(_ shape: Schema.Shape) -> Sample? {
        if case .group(let group) = shape { return least(group) }
        return Samples(shape).good.first
    }

    /// What a field can be added to.
    private static func base(_ group: Schema.Group, for name: String) -> Sample {
        var base = least(group)
        for rule in group.rules {
            switch rule {
            case .needs(name, let others):
                guard let other = others.first, let field = group[other] else { continue }
                base = base.setting(other, first(field.shape))
            case .exactlyOne(let names), .exactlyOneWritten(let names):
                for other in names where other != name { base = base.setting(other, nil) }
            default: continue
            }
        }
        return base
    }

    private static func breaches(_ rule: Schema.Rule, of group: Schema.Group) -> [Sample] {
        func with(_ names: [String]) -> Sample {
            names.reduce(least(group)) { sample, name in
                sample.setting(name, group[name].flatMap { first($0.shape) })
            }
        }
        return switch rule {
        case .exclusive(let one, let other): [with([one, other])]
        case .needs(let name, _): [with([name])]
        case .exactlyOne(let names), .exactlyOneWritten(let names):
            [with(Array(names.prefix(2))), with([]).setting(names[0], nil)]
        }
    }

    private static func good(_ format: Schema.Format) -> [String] {
        let more: [String] =
            switch format {
            case .id: [String(repeating: "a", count: 64), "\"0\"", "a.b_c-d"]
            case .secretName: ["A", "A1_"]
            case .model: ["All", "\"**\"", "x y"]
            case .ownModel: ["a", String(repeating: "a", count: 100), "a.b_c-d/e:f@g"]
            case .upstream: ["azure/a/b", "openai/é"]
            case .period: ["1d", "3650h", "999d", "2000h"]
            case .span: ["999999999w", "000s"]
            case .positiveSpan: ["1s", "010m"]
            case .instant: ["\"2026-01-31T23:59:59.123456+01:00\""]
            case .schedule, .timeZone, .window: []
            case .percent: ["1%", "100%"]
            case .url: ["http://127.0.0.1:4000/x?y"]
            case .mode, .recipient: []
            case .listen: ["localhost:0", "0.0.0.0:65535"]
            }
        return (format.examples + more).map { $0.first == "\"" ? $0 : "\"\($0)\"" }
    }

    private static func bad(_ format: Schema.Format) -> [String] {
        let texts: [String] =
            switch format {
            case .id:
                ["A", "a--b", "-a", "a.", "a/b", String(repeating: "a", count: 65), "é"]
            case .secretName: ["a", "1A", "_A", "A-B", String(repeating: "A", count: 129)]
            case .model: ["all", "", "*", "all-proxy-models", "no-default-models"]
            case .ownModel: ["", "a b", "*", "-a", "a/", String(repeating: "a", count: 101), "é"]
            case .upstream: ["", "gpt-4o", "/gpt-4o", "openai/", "openai/*", "openai/gpt 4o"]
            case .period: ["0d", "1m", "2mo", "1y", "01d", "3651d", "d", "1D", "5000h"]
            case .span: ["1", "s", "1y", "-1s", "1.5h", "1234567890s", "1 s"]
            case .positiveSpan: ["0s", "000d", "1y"]
            case .instant:
                [
                    "2026-11-24", "2026-11-24 10:00:00Z", "2026-13-01T00:00:00Z",
                    "2026-11-24T24:00:00Z",
                ]
            case .schedule, .timeZone, .window: [""]
            case .percent: ["0%", "101%", "080%", "80", "%"]
            case .url: ["ftp://x", "https://", "https:///x", "https://u@x", "https://x y", "x"]
            case .mode: ["0644", "640", "0400", "06400", "0o640"]
            case .recipient: ["age1", "AGE-SECRET-KEY-1QQQ", "ssh-ed25519 AAAA", "age1bbbbbbbb"]
            case .listen: ["8080", ":8080", "::1:8080", "host:", "host:65536", "a b:1", "host:x"]
            }
        return texts.map { "\"\($0)\"" }
    }
}

extension Schema.Rule {
    fileprivate var isExactlyOne: Bool {
        switch self {
        case .exactlyOne, .exactlyOneWritten: true
        default: false
        }
    }
}
