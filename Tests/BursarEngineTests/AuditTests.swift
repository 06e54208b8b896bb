import BursarCore
import BursarEngine
import BursarSandbox
import FoundationEssentials
import TestSupport
import Testing

struct AuditTests {
    @Test func `every operation has a line before and one after`() async throws {
        let fleet = try await Fleet()
        let path = fleet.directory.path + "/audit.jsonl"
        let report = try await fleet.run(with: fleet.executor(audit: try AuditFile(path: path)))
        let lines = try #require(fleet.directory.text("audit.jsonl")).split(separator: "\n")
        #expect(lines.count == 2 * report.operations)
        for index in stride(from: 0, to: lines.count, by: 2) {
            #expect(lines[index].contains(#""phase":"before""#))
            let after = lines[index].replacing(#""before""#, with: #""after""#)
            #expect(lines[index + 1] == after)
        }
    }

    @Test(arguments: Trouble.faults + [nil])
    func `no value stands in what a run tells`(fault: FaultPlan.Fault?) async throws {
        let fleet = try await Fleet()
        let audit = try AuditFile(path: fleet.directory.path + "/audit.jsonl")
        let executor = fleet.executor(audit: audit)
        let reports = Record<String>()
        if let fault {
            fleet.sandbox.inject(FaultPlan([.init(.everyNth(4), fault)]))
        }
        for _ in 0..<3 {
            do {
                let report = try await fleet.run(with: executor)
                reports.add(Self.dumped(report))
            } catch {
                reports.add("\(error)" + String(reflecting: error))
            }
        }
        fleet.sandbox.inject(.none)
        reports.add(Self.dumped(try await fleet.run(with: executor)))
        let told =
            "\(fleet.events.all) \(reports.all)" + (fleet.directory.text("audit.jsonl") ?? "")
        #expect(told.contains("LITELLM_API_KEY"))
        let secrets = fleet.drawn.all + [LiteLLMModel.Options().masterKey]
        #expect(secrets.count > 4)
        for secret in secrets {
            #expect(secret.withExposed { !told.contains($0) })
        }
    }

    private static func dumped(_ report: RunReport) -> String {
        var text = ""
        dump(report, to: &text)
        return text
    }
}
