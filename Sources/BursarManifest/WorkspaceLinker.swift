internal import BursarCore

/// One workspace manifest into a desired workspace: fills in what is absent and checks what stands
/// between fields.
struct WorkspaceLinker {
    private let manifest: WorkspaceManifest
    /// By the number of a file.
    private let paths: [String]
    private let keyCacheTTL: Span
    /// `nil`: there is no configuration, and it is not asked.
    private let sources: SourceAllowance?
    private var problems = ProblemList()

    private init(
        _ manifest: WorkspaceManifest, paths: [String], keyCacheTTL: Span,
        sources: SourceAllowance?
    ) {
        self.sources = sources
        self.manifest = manifest
        self.paths = paths
        self.keyCacheTTL = keyCacheTTL
    }

    /// The workspace is `nil` where it or its manifest has an error.
    ///
    /// - Parameter terms: of the policies that apply to it, sorted.
    static func link(
        _ manifest: WorkspaceManifest, terms: [PolicyTerm], paths: [String], keyCacheTTL: Span,
        sources: SourceAllowance?
    ) -> (workspace: DesiredWorkspace?, problems: ProblemList) {
        var linker = WorkspaceLinker(
            manifest, paths: paths, keyCacheTTL: keyCacheTTL, sources: sources)
        let workspace = linker.resolve(terms)
        let isSound = manifest.isSound && !linker.problems.hasErrors
        precondition(!isSound || workspace != nil, "a workspace that is dropped has a problem")
        return (isSound ? workspace : nil, linker.problems)
    }

    private mutating func note(_ problem: ManifestProblem, _ path: String) {
        // To find a place costs more than all the rest.
        guard !problems.isFull else { return }
        problems.add(manifest.located(problem, at: manifest.extent(of: path)))
    }

    private func location(_ extent: Extent) -> SourceLocation {
        SourceLocation(extent, in: paths)
    }

    private mutating func resolve(_ terms: [PolicyTerm]) -> DesiredWorkspace? {
        let spec = manifest.spec
        checkRequired()
        let keys = spec.keys ?? (manifest.has("spec.keys") ? [] : Self.defaultKeys)
        checkKeys(keys)
        checkProviderSecrets(keys)
        let adoption = manifest.adopt.map { self.adoption($0, keys.map(\.secret)) }
        problems.add(PolicyCheck.problems(manifest, keys: keys, terms: terms))
        guard let id = manifest.id, let name = manifest.name, let models = spec.models,
            let (budget, warnAt) = budget(of: spec)
        else { return nil }
        return DesiredWorkspace(
            id: id, name: name, labels: manifest.labels, paused: manifest.paused, budget: budget,
            warnAtPercent: warnAt, models: models, limits: spec.limits, keys: keys,
            providerSecrets: spec.providerSecrets, suspended: spec.suspended ?? false,
            prune: spec.prune ?? true, adoption: adoption, places: manifest.places.naming(paths))
    }

    private static let defaultKeys =
        SecretName("LITELLM_API_KEY").map { [DesiredKey(secret: $0)] } ?? []

    private func budget(of spec: WorkspaceSpec) -> (Budget, Managed<Int>)? {
        switch spec.budget {
        case nil: nil
        case .unlimited: (.unlimited, .unmanaged)
        case .capped(let limit, let period, let warnAt):
            limit.map { (.capped(limit: $0, period: period), warnAt) }
        }
    }

    private mutating func checkRequired() {
        guard manifest.hasSpec else { return }  // said already
        // What was read was written: only what was not is looked for.
        if manifest.spec.budget == nil, !manifest.has("spec.budget") {
            missing("budget", in: Schema.spec, "spec")
        }
        if manifest.spec.models == nil, !manifest.has("spec.models") {
            missing("models", in: Schema.spec, "spec")
        }
        if case .capped(limit: nil, _, _) = manifest.spec.budget, !manifest.has("spec.budget.limit")
        {
            missing("limit", in: Schema.budget, "spec.budget")
        }
    }

    /// At the `null` where one is written.
    private mutating func missing(_ name: String, in group: Schema.Group, _ path: String) {
        let doc = group[name]?.doc ?? ""
        let field = "\(path).\(name)"
        guard !manifest.misspelt.contains(field) else { return }
        let place = manifest.places[field] == nil ? path : field
        note(.missingField(name, of: group.name, doc: doc), place)
    }

    private mutating func checkKeys(_ keys: [DesiredKey]) {
        for key in keys {
            if case .only(let models) = manifest.spec.models, let own = key.models,
                !own.isSubset(of: models)
            {
                // Patterns are LiteLLM's to resolve, so a key may name what they cover.
                let isOpen = models.contains { $0.hasSuffix("*") }
                let brought = manifest.spec.providerSecrets.flatMap { $0.models.map(\.name) }
                for model in own.subtracting(models).subtracting(brought).sorted()
                where !isOpen {
                    note(.modelNotInWorkspace(model), "\(key.path).models.\(model)")
                }
            }
            if let rotation = key.rotation { checkOverlaps(rotation, of: key) }
        }
    }

    /// The default of 24h is too short or too long like one that is written.
    private mutating func checkOverlaps(_ rotation: RotationSpec, of key: DesiredKey) {
        let least = keyCacheTTL.seconds.multipliedReportingOverflow(by: 2).partialValue
        func isShort(_ overlap: Span) -> Bool { overlap.seconds != 0 && overlap.seconds < least }
        if isShort(rotation.overlap) {
            note(
                .overlapTooShort(overlap: rotation.overlap, keyCacheTTL: keyCacheTTL),
                "\(key.path).rotation.overlap")
        }
        if let overlap = rotation.afterOverlap, isShort(overlap) {
            note(
                .overlapTooShort(overlap: overlap, keyCacheTTL: keyCacheTTL),
                "\(key.path).rotation.afterOverlap")
        }
        if let interval = rotation.interval, rotation.overlap > interval {
            note(
                .overlapTooLong(overlap: rotation.overlap, interval: interval),
                "\(key.path).rotation.overlap")
        }
    }

    /// With the name of a secret for each key.
    private mutating func adoption(_ spec: AdoptionSpec, _ secrets: [SecretName]) -> Adoption {
        var adoption = Adoption(team: spec.team, from: spec.from)
        if let key = spec.key {
            if secrets.count == 1 {
                adoption.keys[secrets[0]] = KeyReference(key)
            } else {
                note(.adoptsWhichKey(secrets.map(\.text)), "spec.adopt.key")
            }
        }
        for (name, key) in spec.keys.sorted(by: { $0.key < $1.key }) {
            if let secret = secrets.first(where: { $0.text == name }) {
                adoption.keys[secret] = KeyReference(key)
            } else {
                let nearest = NearestName.of(name, among: secrets.map(\.text))
                note(.unknownAdoptedSecret(name, nearest: nearest), "spec.adopt.keys.\(name)")
            }
        }
        return adoption
    }

    private mutating func checkProviderSecrets(_ keys: [DesiredKey]) {
        let secrets = manifest.spec.providerSecrets
        guard !secrets.isEmpty else { return }
        let names = Set(secrets.map(\.name.text))
        let published = Set(keys.map(\.secret))
        // By the path of the one before: few are asked for where they stand.
        var first: [String: String] = [:]
        for secret in secrets {
            let path = "spec.providerSecrets.\(secret.name)"
            if let sources, let id = manifest.id, !sources.allows(secret.valueFrom, of: id) {
                note(.sourceNotAllowed(secret.valueFrom.description), "\(path).valueFrom")
            }
            if published.contains(secret.name) {
                let place = location(manifest.extent(of: "spec.keys.\(secret.name)"))
                note(.duplicateSecret(secret.name.text, place), path)
            }
            for model in secret.models {
                let place = "\(path).models.\(model.name)"
                checkName(model, place)
                checkUpstream(model, of: secret.name, place)
                if let other = first.updateValue(place, forKey: model.name), !problems.isFull {
                    note(.duplicateModel(model.name, location(manifest.extent(of: other))), place)
                }
                for (parameter, name) in model.credentials.sorted(by: { $0.key < $1.key })
                where !names.contains(name.text) && !problems.isFull {
                    let nearest = NearestName.of(name.text, among: names.sorted())
                    note(
                        .unknownCredential(name.text, nearest: nearest),
                        "\(place).credentials.\(parameter)")
                }
            }
        }
    }
}

extension WorkspaceLinker {
    /// Listed beside it, an operator's model of that name would be called wherever the alias is not
    /// seen.
    private mutating func checkName(_ model: DesiredModel, _ place: String) {
        guard case .only(let listed) = manifest.spec.models else { return }
        if listed.contains(model.name) {
            note(.publicNameInModels(model.name), place)
            return
        }
        let patterns = listed.filter { $0.contains("*") }.sorted().map { ($0, Reach(list: [$0])) }
        // The plainest reason first.
        let found =
            patterns.first { $0.1.opens(model.name) } ?? patterns.first { $0.1.letsIn(model.name) }
        if let (pattern, _) = found {
            note(.publicNameCovered(model.name, by: pattern), place)
        }
    }

    private mutating func checkUpstream(
        _ model: DesiredModel, of secret: SecretName, _ place: String
    ) {
        let path = "\(place).upstream"
        if ModelParameters.signsInItself(model) {
            note(.upstreamSignsIn(model.upstream), path)
            return
        }
        guard ModelParameters.isKnown(model) else {
            note(.upstreamUnknown(model.upstream), path)
            return
        }
        let missing = ModelParameters.missing(in: model, of: secret)
        if !missing.isEmpty { note(.upstreamNeeds(model.upstream, missing), path) }
        if ModelParameters.takesNoAddress(model) {
            note(.upstreamAddress(model.upstream), path)
        }
        guard let sources else { return }
        let preferred = ModelParameters.preferred(to: model, of: secret)
            .filter { !sources.proxyLacks.contains($0) }
        if !preferred.isEmpty {
            note(.upstreamPrefers(model.upstream, variables: preferred), path)
        }
    }
}

extension SourceLocation {
    init(_ extent: Extent, in paths: [String]) {
        self.init(file: paths[Int(extent.file)], extent.start)
    }
}
