import BursarCore

/// A window, and what it says told in another way than bursar's.
struct Window: Sendable {
    let window: RotationWindow
    /// By the day of the week, Sunday 0, and the minute of the day.
    let contains: @Sendable (Int64, Int64) -> Bool

    private init?(_ text: String, _ contains: @escaping @Sendable (Int64, Int64) -> Bool) {
        guard let window = try? RotationWindow(text) else { return nil }
        self.window = window
        self.contains = contains
    }

    static let all = [
        Window("Mon-Fri 09:00-17:00") { (1...5).contains($0) && (540..<1020).contains($1) },
        Window("22:00-04:00") { $1 >= 1320 || $1 < 240 },
        Window("Sat,Sun") { day, _ in day == 0 || day == 6 },
        Window("Mon 00:00-06:00; Thu 12:00-13:00") {
            $0 == 1 && $1 < 360 || $0 == 4 && (720..<780).contains($1)
        },
    ].compactMap(\.self)

    /// In UTC.
    func contains(_ instant: Instant) -> Bool {
        let minutes = instant.milliseconds / 60_000
        // 1970-01-01 was a Thursday.
        return contains((minutes / 1440 + 4) % 7, minutes % 1440)
    }
}

extension World {
    /// A rule alone rotates in its window; what is as old as `maxAge` anyway, and what leaked.
    func checkWindows(_ plan: Plan, _ desired: DesiredState, _ now: Instant) {
        guard traits.windows else { return }
        for workspace in desired.workspaces {
            let mints = plan.workspaces.first { $0.id == workspace.id }?.changes.filter {
                $0.action == .mint && $0.cause == .rotation
                    && ($0.reason.hasPrefix("every ") || $0.reason.hasPrefix("schedule "))
            }
            for key in workspace.keys {
                guard let text = key.rotation?.window?.text,
                    let window = Window.all.first(where: { $0.window.text == text }),
                    let mint = mints?.first(where: { $0.address.part == .key(key.secret) }),
                    !window.contains(now)
                else { continue }
                fail("window: \(workspace.id)/\(key.secret) is rotated at \(now): \(mint.reason)")
            }
        }
    }

    /// Whatever the window, no key gets older than `maxAge`.
    func checkAge(of key: DesiredKey, _ lineage: Lineage, _ snapshot: Snapshot) {
        guard let maxAge = key.rotation?.maxAge,
            let row = storedKey(of: lineage, snapshot) ?? adoptedKey(of: lineage, snapshot),
            let mintedAt = row.mark?.mintedAt, mintedAt + maxAge < snapshot.now - .hours(1)
        else { return }
        fail("I4: the published key of \(lineage) is of \(mintedAt), older than \(maxAge)")
    }
}
