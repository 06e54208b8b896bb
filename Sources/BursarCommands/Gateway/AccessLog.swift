internal import BursarCore
internal import BursarEngine
internal import BursarGateway
internal import FoundationEssentials

/// A line a request on standard error. No path, query or header of the request stands in it: they
/// may hold secrets.
struct AccessLog: Sendable {
    private struct Line: Encodable {
        let at: String
        let request: String
        let method: String
        let path: String?
        let status: Int
        let milliseconds: Int64
        let problem: String?
    }

    private let format: RunLog.Format

    init(_ format: RunLog.Format) { self.format = format }

    func write(_ access: Gateway.Access) {
        let at = SystemTimekeeper().now().description
        switch format {
        case .human:
            let problem = access.problem.map { ": \($0)" } ?? ""
            Terminal.note(
                VisibleText.escape(
                    "\(at) request=\(access.id) \(access.method) \(access.path ?? "-") "
                        + "\(access.status) \(access.milliseconds)ms\(problem)"))
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line = Line(
                at: at, request: access.id, method: access.method, path: access.path,
                status: access.status, milliseconds: access.milliseconds, problem: access.problem)
            guard let data = try? encoder.encode(line) else {
                preconditionFailure("a line is made of texts and whole numbers")
            }
            Terminal.note(String(decoding: data, as: UTF8.self))
        }
    }
}
