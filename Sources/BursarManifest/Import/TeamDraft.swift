internal import BursarCore

/// The manifest that says what a team is.
struct TeamDraft {
    private(set) var workspace: DesiredWorkspace
    /// Why the team would not stay as it is.
    var faults: [String] = []
    private var notes: [String] = []
    private var keyNotes: [SecretName: [String]] = [:]

    init(
        _ found: FoundTeam, _ team: ObservedTeam, name: String, keys: [FoundKey],
        _ importer: Importer
    ) {
        workspace = DesiredWorkspace(
            id: team.id, name: name, budget: .unlimited, models: team.models, keys: [],
            suspended: team.blocked, adoption: Adoption(team: true))
        if let mark = team.mark {
            if importer.from == mark.owner {
                workspace.adoption?.from = mark.owner
            } else {
                faults.append(
                    "it belongs to owner \(YAMLText.comment(mark.owner)); `bursar import --from` names "
                        + "an owner whose teams are taken over")
            }
        }
        if !isText(name) {
            faults.append("its alias cannot be a name")
            workspace.name = team.id.text
        }
        if team.alias?.isEmpty != false {
            notes.append("It has no alias: apply gives it this name")
        }
        addBudget(team)
        addModels(team)
        addLimits(team)
        addKeys(keys, importer)
        if !found.others.isEmpty {
            notes.append(
                "Left as they are: "
                    + found.others.map { YAMLText.comment($0) }.joined(separator: ", "))
        }
    }

    var text: String { WorkspaceText.of(workspace, notes: notes, keyNotes: keyNotes) }

    private mutating func addBudget(_ team: ObservedTeam) {
        guard let cap = team.cap else {
            if team.period != nil { faults.append("it has a budget period and no budget") }
            if team.softBudget != nil { faults.append("it has a soft budget and no budget") }
            return
        }
        guard let limit = cap.limit else {
            faults.append("a budget of \(cap.dollars) cannot be a workspace's")
            return
        }
        let period = team.period.flatMap(BudgetPeriod.init)
        if let text = team.period, period?.description != text {
            faults.append("its budget period \(YAMLText.comment(text)) cannot be a workspace's")
        }
        workspace.budget = .capped(limit: limit, period: period)
        guard let soft = team.softBudget else { return }
        let percent = soft.picos * 100 / cap.picos
        if (1...100).contains(percent), cap.picos * percent / 100 == soft.picos {
            workspace.warnAtPercent = .value(Int(percent))
        } else {
            notes.append("Its soft budget of \(soft.dollars) is left as it is: no whole percent")
        }
    }

    private mutating func addModels(_ team: ObservedTeam) {
        switch team.models {
        case .all:
            notes.append(
                "LiteLLM's list is open to every model: apply writes the proxy's models out")
        case .only(let names):
            for name in names.sorted() where !isModel(name) {
                faults.append("its model \(YAMLText.comment(name)) cannot stand in a manifest")
            }
            workspace.models = .only(names.filter(isModel))
        }
    }

    private mutating func addLimits(_ team: ObservedTeam) {
        workspace.limits.requestsPerMinute = limit(team.requestsPerMinute, "rpm_limit", &notes)
        workspace.limits.tokensPerMinute = limit(team.tokensPerMinute, "tpm_limit", &notes)
    }

    private mutating func addKeys(_ keys: [FoundKey], _ importer: Importer) {
        let sorted = keys.sorted {
            ($0.key.alias ?? "", $0.key.hash) < ($1.key.alias ?? "", $1.key.hash)
        }
        var drafts: [KeyDraft] = []
        for found in sorted {
            if let why = KeyDraft.fault(found, importer, in: workspace) {
                let shown = found.key.alias ?? String(found.key.hash.hex.prefix(12))
                notes.append("Key \(YAMLText.comment(shown)) is left alone: \(why)")
                if KeyDraft.looksOurs(found.key, workspace.id) {
                    faults.append(
                        "key \(YAMLText.comment(shown)) has an alias as bursar's own keys have: rename it"
                    )
                }
            } else {
                drafts.append(KeyDraft(found))
            }
        }
        var taken: Set<SecretName> = []
        var wanted: [DesiredKey] = []
        for draft in drafts {
            guard
                let secret = draft.secretName(
                    in: workspace.id, isOnly: drafts.count == 1, importer, &taken)
            else {
                faults.append("there is no name for the secret of one of its keys")
                continue
            }
            var notes = KeyDraft.notes(draft.found)
            wanted.append(draft.desired(secret, &notes))
            keyNotes[secret] = notes
            workspace.adoption?.keys[secret] = draft.reference(importer)
            if let mark = draft.found.key.mark { workspace.adoption?.from = mark.owner }
        }
        workspace.keys = wanted.sorted { $0.secret < $1.secret }
    }
}

/// Absent where a manifest cannot say it; it stays as it is then.
func limit(_ value: Int?, _ name: String, _ notes: inout [String]) -> Managed<Int> {
    guard let value else { return .unmanaged }
    guard (1...Schema.maximumLimit).contains(value) else {
        notes.append("Its \(name) of \(value) is left as it is")
        return .unmanaged
    }
    return .value(value)
}

/// May stand as a text in a manifest.
func isText(_ text: String) -> Bool {
    !text.isEmpty && !text.utf8.contains { $0 < 32 || $0 == 127 }
        && LiteralSecrets.ranges(in: Array(text.utf8)).isEmpty
}

func isModel(_ name: String) -> Bool { name != "all" && isText(name) }

extension Money {
    /// `nil` where it can be no cap.
    var limit: MicroUSD? {
        guard picos % 1_000_000 == 0, let micros = Int64(exactly: picos / 1_000_000) else {
            return nil
        }
        return MicroUSD(micros: micros)
    }
}
