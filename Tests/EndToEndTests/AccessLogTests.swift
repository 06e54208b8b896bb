import Foundation
import Testing

/// The lines that the proxy writes for the requests it answers, each before its answer.
private struct AccessLog {
    private let file: URL
    private let start: Int

    /// From here on.
    init() throws {
        file = URL(fileURLWithPath: try #require(RealLiteLLM.log))
        start = try Data(contentsOf: file).count
    }

    /// `POST /team/new`, without what follows the path.
    func requests() throws -> [String] {
        let text = String(decoding: try Data(contentsOf: file).dropFirst(start), as: UTF8.self)
        return text.matches(of: #/"([A-Z]+ /[^ ?]*)[^"]* HTTP/1\.1"/#).map { String($0.1) }
    }
}

extension `Apply on the real LiteLLM` {
    @Test(.enabled(if: RealLiteLLM.log != nil))
    func `a second apply only reads, by the proxy's own log`() async throws {
        let fleet = try Fleet()
        let first = try AccessLog()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let made = try first.requests()
        // What a write looks like there.
        #expect(made.count { $0 == "POST /team/new" } == 3)
        #expect(made.count { $0 == "POST /key/generate" } == 4)
        #expect(made.count { $0 == "POST /key/update" } == 4)

        let second = try AccessLog()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let asked = try second.requests()
        #expect(asked.contains("GET /v2/team/list") && asked.contains("GET /key/list"))
        #expect(asked.filter { !$0.hasPrefix("GET ") } == [])
    }
}
