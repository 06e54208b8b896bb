internal import FoundationEssentials
internal import FoundationInternationalization

/// A time zone of the IANA database, as offsets from UTC alone: a `Calendar` hides the gaps and
/// repeats of daylight saving.
///
/// The one file that imports FoundationInternationalization, and it uses symbols of it: without,
/// `TimeZone(identifier: "Europe/Paris")` is `nil` in a static build and in a process that does not
/// load Foundation (test: `the built binary knows Europe/Paris`).
package struct IANAZone: Hashable, Sendable, CustomStringConvertible {
    /// As it was written; `Asia/Calcutta` and `Asia/Kolkata` are two.
    package let name: String
    private let zone: TimeZone

    package static let utc = IANAZone(name: "UTC", zone: .gmt)

    private init(name: String, zone: TimeZone) {
        self.name = name
        self.zone = zone
    }

    /// `nil` for what the IANA database does not have. ICU takes more: `BST`, to it Bangladesh, and
    /// `GMT+1`, which others read with the other sign.
    package init?(_ name: String) {
        if name == "UTC" {
            self = .utc
            return
        }
        guard name.contains("/") || Self.plainNames.contains(name), !name.hasPrefix("SystemV/"),
            let zone = TimeZone(identifier: name)
        else { return nil }
        self.init(name: name, zone: zone)
    }

    /// Seconds east of UTC.
    package func offset(at instant: Instant) -> Int64 {
        let date = Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000)
        return Int64(zone.secondsFromGMT(for: date))
    }

    /// Names to propose where one is unknown; not every name that `init` takes.
    package static let proposals = (TimeZone.knownTimeZoneIdentifiers + ["Asia/Kolkata", "UTC"])
        .sorted()

    /// Of the database in use, `2025b`.
    package static var databaseVersion: String { TimeZone.timeZoneDataVersion }

    /// The names of the database that have no slash.
    private static let plainNames: Set<String> = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT",
        "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan",
        "Kwajalein", "Libya", "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT",
        "Poland", "Portugal", "ROC", "ROK", "Singapore", "Turkey", "UCT", "Universal", "W-SU",
        "WET", "Zulu",
    ]

    package var description: String { name }
}
