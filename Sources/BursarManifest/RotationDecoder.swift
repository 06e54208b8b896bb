internal import BursarCore

/// `spec.keys[].rotation`.
enum RotationDecoder {
    static func rotation(
        _ node: Node, path: String, _ findings: inout Findings
    ) -> RotationSpec? {
        guard let fields = Fields(node, Schema.rotation, path: path, &findings) else { return nil }
        var spec = RotationSpec()
        spec.trigger = trigger(fields, &findings)
        spec.window = fields.text("window", &findings)
        if let node = fields.present("maxAge", &findings) {
            spec.maxAge = findings.positiveSpan(node)
            if let maxAge = spec.maxAge, case .every(let every) = spec.trigger, maxAge < every {
                findings.note(.maxAgeBelowEvery(maxAge: maxAge, every: every), at: node)
            }
        }
        if let node = fields.present("overlap", &findings), let span = findings.span(node) {
            spec.overlap = span
        }
        spec.overlapWhileInUse = fields.truth("overlapWhileInUse", &findings) ?? false
        spec.after = fields.present("after", &findings).flatMap { findings.instant($0) }
        if let node = fields.present("afterOverlap", &findings) {
            spec.afterOverlap = findings.span(node)
            if fields.present("after", &findings) == nil, let place = fields.key("afterOverlap") {
                findings.note(.needs("afterOverlap", other: "after"), at: place)
            }
        }
        return spec
    }

    private static func trigger(
        _ fields: Fields, _ findings: inout Findings
    ) -> RotationSpec.Trigger? {
        let every = fields.present("every", &findings)
        let schedule = fields.present("schedule", &findings)
        let zone = fields.present("timeZone", &findings)
        if every != nil, schedule != nil, let place = fields.key("schedule") {
            findings.note(.exclusive("schedule", "every"), at: place)
        }
        if zone != nil, schedule == nil, let place = fields.key("timeZone") {
            findings.note(.needs("timeZone", other: "schedule"), at: place)
        }
        let timeZone = zone.flatMap { self.timeZone($0, &findings) } ?? "UTC"
        if let every { return findings.positiveSpan(every).map { .every($0) } }
        guard let schedule, let cron = findings.text(schedule) else { return nil }
        guard isCron(cron) else {
            findings.note(.invalidSchedule(cron), at: schedule)
            return nil
        }
        return .schedule(cron: cron, timeZone: timeZone)
    }

    private static let cronWords: Set<String> = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
    ]

    /// The shape alone: five fields of the characters that cron uses, or one of its words.
    private static func isCron(_ text: String) -> Bool {
        if text.hasPrefix("@") { return cronWords.contains(text) }
        let fields = text.split(separator: " ")
        return fields.count == 5
            && fields.allSatisfy { field in
                field.utf8.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte)
                        || (97...122).contains(byte) || [42, 44, 45, 47].contains(byte)
                }
            }
    }

    /// The shape of an IANA name: `Europe/Paris`, `Etc/GMT+1`, `UTC`.
    private static func timeZone(_ node: Node, _ findings: inout Findings) -> String? {
        guard let text = findings.text(node) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                        || [43, 45, 95].contains($0)
                }
        }
        guard isName, text.utf8.first.map({ $0 >= 65 }) ?? false else {
            findings.note(.invalidTimeZone(text), at: node)
            return nil
        }
        return text
    }
}
