import BursarCore
import Testing

/// What is approved is written and read back whole, and nothing else passes for it.
struct PlanFileTests {
    private func file(_ world: World) -> PlanFile {
        PlanFile(
            owner: World.owner,
            options: .init(
                directory: "fleet", file: nil, target: ["search"], selector: [], prune: true,
                allow: ["removals=4"]),
            madeAt: World.now, approval: Approval(world.wholePlan()))
    }

    private func edited() throws -> World {
        var world = try World.converged()
        world.desired.budget = .unlimited
        return world
    }

    private func fault(_ text: String) -> PlanFile.Fault? {
        do throws(PlanFile.Fault) { _ = try PlanFile(bytes: Array(text.utf8)) } catch {
            return error
        }
        return nil
    }

    @Test func `what is written is read back`() throws {
        let file = file(try edited())
        #expect(!file.approval.workspaces.isEmpty)
        #expect(try PlanFile(bytes: Array(file.text.utf8)) == file)
    }

    @Test func `a change of any byte is noticed`() throws {
        let bytes = Array(file(try edited()).text.utf8)
        for index in bytes.indices {
            var other = bytes
            other[index] = other[index] == 0x20 ? 0x21 : 0x20
            #expect(throws: PlanFile.Fault.self) { try PlanFile(bytes: other) }
        }
        #expect(throws: PlanFile.Fault.changed) { try PlanFile(bytes: bytes + [0x0A]) }
        #expect(throws: PlanFile.Fault.changed) { try PlanFile(bytes: Array(bytes.dropLast())) }
    }

    @Test func `something else is told from a plan of another format`() {
        #expect(fault("apiVersion: bursar/v1\n") == .noPlan)
        #expect(fault("") == .noPlan)
        #expect(fault("bursar-plan/2 sha256=0\n{}\n") == .otherFormat("2"))
        #expect(fault("bursar-plan/1 sha256=0\n{}\n") == .changed)
    }

    @Test func `what moved is told by change`() throws {
        let world = try edited()
        let approved = Approval(world.wholePlan())
        #expect(Staleness(approved: approved, now: approved) == nil)
        var other = world
        other.desired.budget = .capped(
            limit: try #require(MicroUSD(micros: 5_000_000)), period: .days(30))
        other.desired.keys = []
        let stale = try #require(
            Staleness(approved: approved, now: Approval(other.wholePlan())))
        #expect(stale.moved.map(\.workspace.text) == ["search"])
        let text = TextStyle(color: false).text(stale.sections)
        #expect(text.contains("not approved: retire workspace/search/key/LITELLM_API_KEY"))
        #expect(text.contains("approved: update workspace/search\n"))
        #expect(text.contains("budget.limit: $250.00 → unlimited"))
        #expect(text.contains("budget.limit: $250.00 → $5.00"))
        let gone = try #require(
            Staleness(approved: approved, now: Approval(World.converged().wholePlan())))
        #expect(
            TextStyle(color: false).text(gone.sections).contains(
                "approved, and gone: update workspace/search"))
    }
}
