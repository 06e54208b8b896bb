internal import FoundationEssentials

/// Rotation dates for people, one a line, and for machines.
package struct ForecastReport {
    private let forecasts: [RotationForecast]
    private let now: Instant

    package init(_ forecasts: [RotationForecast], now: Instant) {
        self.forecasts = forecasts
        self.now = now
    }

    private static let head = ["WORKSPACE", "SECRET", "RULE", "NEXT (UTC)", "THERE", "BY", "NOTE"]

    /// A table; every line stands for itself, so that it can be searched and sorted.
    package func text(color: Bool) -> String {
        let rows = [Self.head] + forecasts.flatMap(rows)
        let widths = Self.head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let style = TextStyle(color: color)
        return rows.enumerated().map { index, row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return (index == 0 ? style.bold(line) : line) + "\n"
        }.joined()
    }

    private func rows(_ forecast: RotationForecast) -> [[String]] {
        let subject = [
            VisibleText.escape(forecast.name), forecast.secret.text,
            forecast.rule?.when ?? "never",
        ]
        let note = [VisibleText.escape(forecast.note ?? "")]
        guard !forecast.dates.isEmpty else { return [subject + ["-", "-", "-"] + note] }
        return forecast.dates.map { date in
            subject + [date.at.description, there(date, forecast), date.reason.word] + note
        }
    }

    private func there(_ date: RotationForecast.Date, _ forecast: RotationForecast) -> String {
        guard let zone = forecast.rule?.timeZone, zone != .utc else { return "-" }
        return zone.text(date.at)
    }

    /// Format 1.0: `{"format_version", "now", "keys": [{"workspace", "name", "secret", "rule",
    /// "time_zone", "minted_at", "dates": [{"at", "local", "reason"}], "note"}]}`; instants are RFC 3339,
    /// what is not there is `null`.
    package func json() -> String {
        let document = JSONValue.object([
            "format_version": .string("1.0"), "now": .string(now.description),
            "keys": .array(forecasts.map(Self.json)),
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else {
            preconditionFailure("a forecast is made of texts alone")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private static func json(_ forecast: RotationForecast) -> JSONValue {
        func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
            value.map { .string($0.description) } ?? .null
        }
        let zone = forecast.rule?.timeZone ?? .utc
        return .object([
            "workspace": text(forecast.workspace), "name": text(forecast.name),
            "secret": text(forecast.secret), "rule": text(forecast.rule?.when),
            "time_zone": text(forecast.rule?.timeZone), "minted_at": text(forecast.mintedAt),
            "note": text(forecast.note),
            "dates": .array(
                forecast.dates.map { date in
                    .object([
                        "at": text(date.at), "local": text(zone.text(date.at)),
                        "reason": text(date.reason),
                    ])
                }),
        ])
    }
}

extension RotationReason {
    /// The field of the manifest that it is.
    fileprivate var word: String {
        switch self {
        case .every: "every"
        case .schedule: "schedule"
        case .maxAge(_, outsideWindow: false): "maxAge"
        case .maxAge(_, outsideWindow: true): "maxAge, outside the window"
        case .after: "after"
        case .command: "command"
        }
    }
}
