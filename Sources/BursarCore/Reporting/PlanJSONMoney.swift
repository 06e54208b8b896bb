/// USD as decimal text, so that no reader rounds it.
struct PlanJSONMoney: Encodable {
    private let before_30d: String
    private let after_30d: String
    /// Of caps without a period: they are no rate.
    private let before_once: String
    private let after_once: String
    private let spent: String
    private let headroom: String
    private let unlimited_before: Int
    private let unlimited_after: Int
    private let workspaces: [Row]

    init(_ plan: Plan) {
        let sum = CapSum(plan)
        before_30d = sum.before.description
        after_30d = sum.after.description
        before_once = sum.onceBefore.description
        after_once = sum.onceAfter.description
        spent = sum.spent.description
        headroom = sum.headroom.description
        unlimited_before = sum.unlimitedBefore
        unlimited_after = sum.unlimitedAfter
        workspaces = plan.workspaces.filter {
            $0.errors.isEmpty && ($0.capBefore != nil || $0.capAfter != nil)
        }.map { Row(WorkspaceMoney($0)) }
    }

    private struct Cap: Encodable {
        let unlimited: Bool
        let limit: String?
        let period: String?
        let per_30d: String?

        init(_ budget: Budget) {
            switch budget {
            case .unlimited: (unlimited, limit, period, per_30d) = (true, nil, nil, nil)
            case .capped(let cap, let each):
                unlimited = false
                limit = cap.description
                period = each?.description
                per_30d = each.map { CapSum.monthly(cap, $0).description }
            }
        }
    }

    /// What is not known, or is not so, is not there.
    private struct Row: Encodable {
        let workspace: String
        let before: Cap?
        let after: Cap?
        let spent: String
        let since: String?
        let resets_at: String?
        let headroom: String?
        let per_day: String?
        let cap_reached_at: String?
        let days_left: Int64?
        /// The spend is at the cap: LiteLLM refuses every call.
        let exhausted: Bool
        /// And this plan is what brings it there.
        let blocks_at_once: Bool

        init(_ money: WorkspaceMoney) {
            workspace = money.id.text
            before = money.before.map(Cap.init)
            after = money.after.map(Cap.init)
            spent = money.spent.description
            since = money.period?.since?.description
            resets_at = money.period?.resetsAt?.description
            headroom = money.headroom?.description
            per_day = money.period?.perDay?.description
            if case .reached(let at) = money.outlook {
                cap_reached_at = at.description
            } else {
                cap_reached_at = nil
            }
            days_left = money.daysLeft
            exhausted = money.outlook == .exhausted
            blocks_at_once = money.blocksAtOnce
        }
    }
}
