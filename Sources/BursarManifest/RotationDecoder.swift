internal import BursarCore

/// `spec.keys[].rotation`.
enum RotationDecoder {
    static func rotation(
        _ node: Node, path: String, _ findings: inout Findings
    ) -> RotationSpec? {
        guard let fields = Fields(node, Schema.rotation, path: path, &findings) else { return nil }
        var spec = RotationSpec()
        spec.timeZone = timeZone(fields, &findings)
        spec.trigger = trigger(fields, &findings)
        spec.window = window(fields, &findings)
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
                findings.note(.needs("afterOverlap", other: ["after"]), at: place)
            }
        }
        return spec
    }

    private static func trigger(
        _ fields: Fields, _ findings: inout Findings
    ) -> RotationSpec.Trigger? {
        let every = fields.present("every", &findings)
        let schedule = fields.present("schedule", &findings)
        if every != nil, schedule != nil, let place = fields.key("schedule") {
            findings.note(.exclusive("schedule", "every"), at: place)
        }
        let cron = schedule.flatMap { self.schedule($0, &findings) }
        if let every { return findings.positiveSpan(every).map { .every($0) } }
        return cron.map { .schedule($0) }
    }

    private static func schedule(_ node: Node, _ findings: inout Findings) -> CronSchedule? {
        guard let text = findings.text(node) else { return nil }
        do throws(CronFault) { return try CronSchedule(text) } catch {
            findings.note(.invalidSchedule(error), at: node.extent(of: error.range))
            return nil
        }
    }

    private static func window(
        _ fields: Fields, _ findings: inout Findings
    ) -> RotationWindow? {
        guard let node = fields.present("window", &findings) else { return nil }
        let triggers = ["every", "schedule"]
        if triggers.allSatisfy({ fields.present($0, &findings) == nil }),
            let place = fields.key("window")
        {
            findings.note(.needs("window", other: triggers), at: place)
        }
        guard let text = findings.text(node) else { return nil }
        do throws(WindowFault) { return try RotationWindow(text) } catch {
            findings.note(.invalidWindow(error), at: node.extent(of: error.range))
            return nil
        }
    }

    private static func timeZone(_ fields: Fields, _ findings: inout Findings) -> IANAZone {
        guard let node = fields.present("timeZone", &findings) else { return .utc }
        let users = ["schedule", "window"]
        if users.allSatisfy({ fields.present($0, &findings) == nil }),
            let place = fields.key("timeZone")
        {
            findings.note(.needs("timeZone", other: users), at: place)
        }
        guard let text = findings.text(node) else { return .utc }
        guard let zone = IANAZone(text) else {
            let nearest = NearestName.of(text, among: IANAZone.proposals)
            findings.note(.invalidTimeZone(text, nearest: nearest), at: node)
            return .utc
        }
        return zone
    }
}
