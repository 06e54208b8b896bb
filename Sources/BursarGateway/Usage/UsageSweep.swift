package import BursarCore
package import BursarEngine

/// Joins what LiteLLM's own log has to what its callbacks told: each loses what the other may have.
/// The spend of the team is the control sum.
package struct UsageSweep: Sendable {
    private let log: any SpendLog
    private let issuer: any Issuer
    private let database: GatewayDatabase
    private let settings: GatewaySettings
    private let time: any Timekeeper

    package init(
        log: any SpendLog, issuer: any Issuer, database: GatewayDatabase,
        settings: GatewaySettings, time: any Timekeeper
    ) {
        self.log = log
        self.issuer = issuer
        self.database = database
        self.settings = settings
        self.time = time
    }

    package struct Report: Hashable, Sendable {
        package fileprivate(set) var recorded = 0
        package fileprivate(set) var known = 0
        package fileprivate(set) var failures = 0
        package fileprivate(set) var unreadable = 0
        /// LiteLLM stopped counting its rows.
        package fileprivate(set) var isCapped = false
        /// By workspace, for those that LiteLLM has.
        package fileprivate(set) var balances: [Balance] = []
        /// What was ever recorded and belongs to no workspace that can be told.
        package fileprivate(set) var unattributed = 0
        package fileprivate(set) var unattributedCost = Money.zero
    }

    /// A workspace's spend since its budget period began.
    package struct Balance: Hashable, Sendable {
        package let workspace: WorkspaceID
        /// `nil`: LiteLLM does not tell when the period began, and nothing can be compared.
        package let since: Instant?
        package let told: Money
        package let recorded: Money

        /// What LiteLLM counted and nobody told us of; below zero what it has not counted yet. LiteLLM
        /// adds in floating point, so less than a millionth of a dollar is none.
        package var remainder: Money {
            let difference = told - recorded
            return abs(difference.picos) < 1_000_000 ? .zero : difference
        }
    }

    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case liteLLM(IssuerError)
        case store(StoreFault)

        package var description: String {
            switch self {
            case .liteLLM(let error): error.description
            case .store(let fault): fault.description
            }
        }
    }

    /// - Parameter span: how far back calls are read.
    package func run(last span: Span) async throws(Fault) -> Report {
        let now = time.now()
        var report = Report()
        var page = 1
        while true {
            let number = page
            let answer = try await asked { () throws(IssuerError) in
                try await log.calls(from: now - span, to: now, page: number)
            }
            let (completions, found) = Delivery.sorted(answer.calls)
            let counts = try await stored { () throws(StoreFault) in
                try await database.record(completions, rates: settings.rates, at: now)
            }
            report.recorded += counts.recorded
            report.known += completions.count - counts.recorded
            report.failures += found.failures
            report.unreadable += found.unreadable
            report.isCapped = report.isCapped || answer.isCapped
            // Where the number of pages is a lower bound, only an empty one is the end.
            if answer.calls.isEmpty || page >= answer.pages && !answer.isCapped { break }
            page += 1
        }
        report.balances = try await balances(now)
        let aside = try await stored { () throws(StoreFault) in
            try await database.unattributedUsage()
        }
        report.unattributed = aside.completions
        report.unattributedCost = aside.cost
        return report
    }

    private func balances(_ now: Instant) async throws(Fault) -> [Balance] {
        let seen = try await stored { () throws(StoreFault) in
            try await database.workspacesWithUsage()
        }
        var balances: [Balance] = []
        for workspace in Set(seen + settings.accounts.values.joined()).sorted() {
            let team = try await asked { () throws(IssuerError) in
                try await issuer.team(workspace)
            }
            guard let team else { continue }
            let period = SpendPeriod(team, now: now)
            var recorded = Money.zero
            if let since = period.since {
                let window = UsageWindow(from: since, to: now + Gateway.clockSkew)
                recorded = try await stored { () throws(StoreFault) in
                    try await database.billing(of: workspace, in: window)
                }.reduce(.zero) { $0 + $1.sum.cost }
            }
            balances.append(
                Balance(
                    workspace: workspace, since: period.since, told: team.spend,
                    recorded: recorded))
        }
        return balances
    }

    private func asked<Value>(
        _ body: () async throws(IssuerError) -> Value
    ) async throws(Fault) -> Value {
        do throws(IssuerError) { return try await body() } catch { throw .liteLLM(error) }
    }

    private func stored<Value>(
        _ body: () async throws(StoreFault) -> Value
    ) async throws(Fault) -> Value {
        do throws(StoreFault) { return try await body() } catch { throw .store(error) }
    }
}
