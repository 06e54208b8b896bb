import BursarCore
import BursarEngine
import BursarSandbox
import FoundationEssentials
import Synchronization
import Testing

struct AuditTests {
    @Test func `every operation has a line before and one after`() async throws {
        let fleet = try Fleet()
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
        let fleet = try Fleet()
        let audit = try AuditFile(path: fleet.directory.path + "/audit.jsonl")
        let drawn = Mutex<[SecretValue]>([])
        let values = KeyValues {
            let value = KeyValues.random.draw()
            drawn.withLock { $0.append(value) }
            return value
        }
        let told = Mutex("")
        let executor = fleet.executor(values: values, audit: audit) { event in
            told.withLock { $0 += "\(event)" }
        }
        if let fault {
            fleet.sandbox.inject(FaultPlan([.init(.everyNth(4), fault)]))
        }
        for _ in 0..<3 {
            do {
                let report = try await fleet.run(with: executor)
                told.withLock { _ = dump(report, to: &$0) }
            } catch {
                told.withLock { $0 += "\(error)" + String(reflecting: error) }
            }
        }
        fleet.sandbox.inject(.none)
        let report = try await fleet.run(with: executor)
        told.withLock { _ = dump(report, to: &$0) }
        let text = told.withLock { $0 } + (fleet.directory.text("audit.jsonl") ?? "")
        #expect(text.contains("LITELLM_API_KEY"))
        let secrets = drawn.withLock { $0 }
        #expect(secrets.count >= 4)
        for secret in secrets {
            #expect(secret.withExposed { !text.contains($0) })
        }
    }
}
