/// The models that a workspace brings along: their rows are made before its team leads to them, and
/// removed after. Values are no part of a plan: a row's mark and the secret's marker say whether both
/// are of one.
struct BroughtModelSteps {
    private let planner: WorkspacePlanner
    /// What the manifest wants.
    let wanted: [BroughtModel]
    private let rows: [String: ObservedModel]

    init(_ planner: WorkspacePlanner) {
        self.planner = planner
        wanted = planner.desired.broughtModels
        rows = Dictionary(planner.brought.map { ($0.id, $0) }) { first, _ in first }
    }

    private var desired: DesiredWorkspace { planner.desired }
    private var owner: String { planner.policy.owner.name }

    /// Its rows of ours. One whose mark was lost is known by its id.
    private var owned: [ObservedModel] {
        planner.brought.filter { row in
            guard row.id == BroughtModel.id(of: row.name) || isWanted(row.id) else { return false }
            return row.mark.map { $0.owner == owner && $0.workspace == desired.id.text } ?? true
        }
    }

    private func isWanted(_ id: String) -> Bool { wanted.contains { $0.id == id } }

    /// Of a row that is there and ours.
    private func row(_ model: BroughtModel) -> ObservedModel? {
        owned.first { $0.id == model.id }
    }

    /// Why nothing of the workspace is done: calls could go out with a stranger's key.
    var errors: [String] {
        foreignNames
            + wanted.compactMap { model in
                if let row = rows[model.id], let mark = row.mark,
                    mark.owner != owner || mark.workspace != desired.id.text
                {
                    return
                        "the proxy's model \(model.name) belongs to owner \(mark.owner), workspace "
                        + "\(mark.workspace)"
                }
                if planner.brought.contains(where: { $0.name == model.name && $0.id != model.id }) {
                    return
                        "the proxy has a model \(model.name) that bursar did not make, and would send "
                        + "some of the calls there: remove it or give it another name"
                }
                guard case .only(let listed) = desired.models,
                    let group = planner.modelGroups[model.publicName]?.intersection(listed).min()
                else { return nil }
                return "the access group \(group) in spec.models opens the proxy's own "
                    + "\(model.publicName): name its models instead"
            }
    }

    /// What of spec.models would open a workspace's own model: another one's key would pay for it.
    private var foreignNames: [String] {
        guard case .only(let listed) = desired.models, !planner.broughtNames.isEmpty else {
            return []
        }
        return listed.sorted().compactMap { entry in
            let reach = Reach(list: [entry])
            guard let name = planner.broughtNames.first(where: reach.opens) else { return nil }
            return entry == name
                ? "\(name) in spec.models is a workspace's own model, and opened by its alias alone"
                : "\(entry) in spec.models opens \(name), which is a workspace's own model: name the "
                    + "models one by one"
        }
    }

    var warnings: [String] {
        planner.brought.filter { row in
            row.mark.map { $0.owner == owner && $0.workspace == desired.id.text } == true
                && !owned.contains(row)
        }.map { "the proxy's model \($0.name) bears a copy of bursar's mark; left alone" }
    }

    /// The public names that the team may lead to before anything is registered: their row is there,
    /// or it was and is put back.
    var ready: Set<String> {
        let team = planner.team
        return Set(
            wanted.filter { model in
                row(model) != nil || team?.aliases[model.publicName] == model.name
            }.map(\.publicName))
    }

    /// What the team leads to once this run is over.
    var reached: Set<String> {
        holdsRegistering ? ready : Set(wanted.map(\.publicName))
    }

    private var holdsRegistering: Bool { planner.policy.held.contains(.openTeams) }

    func add(to plan: inout WorkspacePlan) {
        for model in wanted {
            if let row = row(model) {
                plan.steps += [update(of: row, to: model)].compactMap(\.self)
            } else if !holdsRegistering {
                plan.registrations += 1
                plan.steps.append(registration(of: model))
            }
        }
        plan.warnings += warnings
        guard !planner.policy.held.contains(.removals) else { return }
        for row in owned where !isWanted(row.id) {
            if !goesWithItsSecrets(row) { plan.removals += 1 }
            plan.steps.append(Self.removal(of: row, desired.id, .manifest, "left the manifest"))
        }
    }

    /// Then they are what is counted.
    private func goesWithItsSecrets(_ row: ObservedModel) -> Bool {
        let stay = desired.providerSecrets.map(\.name)
        let own = row.mark?.hmacs.keys.map(\.self) ?? []
        return !own.isEmpty && own.allSatisfy { !stay.contains($0) }
    }

    /// For a prune.
    var removals: [Step] {
        owned.map { Self.removal(of: $0, desired.id, .prune, "its workspace left the source") }
    }

    static func removal(
        of row: ObservedModel, _ workspace: WorkspaceID, _ cause: Cause, _ reason: String
    ) -> Step {
        Step(
            Change(address(row.name, workspace), .remove, cause, reason: reason),
            [.removeModel(workspace, id: row.id, name: row.name)])
    }

    private static func address(_ name: String, _ workspace: WorkspaceID) -> Address {
        let prefix = BroughtModel.prefix(workspace)
        return Address(
            workspace, .model(name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name))
    }
}

// MARK: - One row

extension BroughtModelSteps {
    private func registration(of model: BroughtModel) -> Step {
        let wasThere = planner.team?.aliases[model.publicName] == model.name
        let cause: Cause = wasThere ? .drift : .manifest
        return Step(
            Change(
                Self.address(model.name, desired.id), .register, cause,
                reason: wasThere ? "it is gone from the proxy" : "not at the proxy yet",
                place: place(of: model),
                fields: model.fields.map {
                    FieldChange(path: $0.path, before: nil, after: $0.text, cause: cause)
                }),
            [.registerModel(order(model, reading: Set(model.credentials.values), kept: [:]))])
    }

    private func update(of row: ObservedModel, to model: BroughtModel) -> Step? {
        var diff = FieldDiff<ModelEdit>(applied: row.mark.map(\.applied))
        diff.compare("name", row.name, model.name, .set) { $0 }
        for (path, before, after) in compared(row, model) {
            diff.compare(path, before, after, after == nil ? .dropped : .set) { $0 }
        }
        if row.mark == nil { diff.putBack("mark", from: nil, to: "owner \(owner)", .set) }
        // LiteLLM clears no parameter of a row that is there (`a null clears no parameter`).
        let replaces = diff.fields.contains(.dropped)
        let stale = replaces ? Set(model.credentials.values) : self.stale(row, model, diff)
        guard !diff.changes.isEmpty || !stale.isEmpty else { return nil }
        let order = order(model, reading: stale, kept: row.mark?.hmacs ?? [:])
        let puts = ProviderSecretSteps(planner).causes
        let brought = stale.compactMap { puts[$0] }
        let cause: Cause =
            diff.changes.isEmpty ? brought.contains(.manifest) ? .manifest : .value : diff.cause
        return Step(
            Change(
                Self.address(model.name, desired.id), .update, cause,
                reason: diff.changes.isEmpty
                    ? Self.reason(stale, isPut: !brought.isEmpty) : diff.reason,
                place: place(of: model), fields: diff.changes),
            [replaces ? .replaceModel(order) : .updateModel(order)])
    }

    private static func reason(_ secrets: Set<SecretName>, isPut: Bool) -> String {
        let names = secrets.sorted().map(\.text).joined(separator: ", ")
        return isPut ? "\(names) is put anew" : "the store has another value of \(names)"
    }

    /// The secrets whose value the row has not, or may not have.
    private func stale(
        _ row: ObservedModel, _ model: BroughtModel, _ diff: FieldDiff<ModelEdit>
    ) -> Set<SecretName> {
        guard let mark = row.mark else { return Set(model.credentials.values) }
        let puts = ProviderSecretSteps(planner).causes
        let moved = diff.changes.map(\.path)
        return Set(
            model.credentials.filter { parameter, secret in
                let marker = planner.secrets.first { $0.name == secret }?.provider
                return puts[secret] != nil || moved.contains("credentials.\(parameter)")
                    || marker.map { mark.hmacs[secret] != $0.hmac } ?? true
            }.values)
    }

    /// What the proxy shows against what it should. Masked values and names of secrets are known by
    /// what was applied last.
    private func compared(
        _ row: ObservedModel, _ model: BroughtModel
    ) -> [(path: String, before: String?, after: String?)] {
        let applied = row.mark?.applied ?? [:]
        let after = Dictionary(uniqueKeysWithValues: model.fields.map { ($0.path, $0.text) })
        func known(_ path: String, _ unknown: String) -> String? {
            guard let digest = applied[path] else { return nil }
            return after[path].map { Applied.digest($0) == digest ? $0 : unknown } ?? unknown
        }
        let paths = Set(after.keys).union(applied.keys).union(["apiBase", "apiVersion"])
            .subtracting(["name"])
        return paths.sorted().map { path in
            if path.hasPrefix("credentials.") {
                return (path, known(path, "another secret"), after[path])
            }
            guard let shown = row.params[Self.parameter(path)], shown != .null else {
                return (path, nil, after[path])
            }
            if let text = shown.string, text.contains("***") {
                return (path, known(path, "another value") ?? "a value", after[path])
            }
            return (path, Self.same(shown, after[path]), after[path])
        }
    }

    /// LiteLLM gives back `5` for `5.0`, and numbers for what it takes for one.
    private static func same(_ shown: JSONValue, _ wanted: String?) -> String {
        if let wanted, let a = Money(decimal: shown.plain), let b = Money(decimal: wanted), a == b {
            return wanted
        }
        return shown.plain
    }

    private static func parameter(_ path: String) -> String {
        switch path {
        case "upstream": "model"
        case "apiBase": "api_base"
        case "apiVersion": "api_version"
        default: String(path.dropFirst("params.".count))
        }
    }

    private func order(
        _ model: BroughtModel, reading secrets: Set<SecretName>, kept: [SecretName: String]
    ) -> ModelOrder {
        let named = Set(model.credentials.values)
        let sources = desired.providerSecrets.filter { secrets.contains($0.name) }
            .map { ($0.name, $0.valueFrom) }
        var applied = Dictionary(
            uniqueKeysWithValues: model.fields.map { ($0.path, Applied.digest($0.text)) })
        applied["name"] = Applied.digest(model.name)
        return ModelOrder(
            model: model, owner: owner, sources: Dictionary(uniqueKeysWithValues: sources),
            kept: kept.filter { named.contains($0.key) && !secrets.contains($0.key) },
            applied: applied)
    }

    private func place(of model: BroughtModel) -> SourceLocation? {
        let secret = desired.providerSecrets.first { secret in
            secret.models.contains { $0.name == model.publicName }
        }
        return secret.flatMap {
            desired.place(of: "spec.providerSecrets.\($0.name).models.\(model.publicName)")
        }
    }
}

private enum ModelEdit: Hashable, Sendable { case set, dropped }
