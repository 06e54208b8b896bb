internal import BursarCore

/// Workspace manifests into the desired state: fills in what is absent and checks what stands
/// between fields and between workspaces.
struct Linker {
    private let paths: [String]
    private let keyCacheTTL: Span
    private(set) var problems: [(file: Int, located: Located)] = []

    /// `paths`: by the number of the file.
    init(paths: [String], keyCacheTTL: Span) {
        self.paths = paths
        self.keyCacheTTL = keyCacheTTL
    }

    /// The workspaces without an error, in no order.
    mutating func link(_ manifests: [WorkspaceManifest]) -> [DesiredWorkspace] {
        let doubled = checkUniqueness(manifests)
        var workspaces: [DesiredWorkspace] = []
        for (index, manifest) in manifests.enumerated() {
            let before = problems.count
            let workspace = resolve(manifest)
            guard problems.count == before, manifest.isSound, !doubled.contains(index) else {
                continue
            }
            if let workspace { workspaces.append(workspace) }
        }
        return workspaces
    }

    private mutating func note(
        _ problem: ManifestProblem, _ path: String, of manifest: WorkspaceManifest
    ) {
        problems.append(
            (manifest.file, Located(problem: problem, extent: manifest.extent(of: path))))
    }

    private func location(_ extent: Extent, _ file: Int) -> SourceLocation {
        SourceLocation(
            file: paths[file], line: Int(extent.start.line), column: Int(extent.start.column))
    }

    /// The manifests whose id or name another one before them has.
    private mutating func checkUniqueness(_ manifests: [WorkspaceManifest]) -> Set<Int> {
        var ids: [WorkspaceID: SourceLocation] = [:]
        var names: [String: SourceLocation] = [:]
        var doubled: Set<Int> = []
        for (index, manifest) in manifests.enumerated() {
            let idPath = manifest.has("spec.id") ? "spec.id" : "metadata.name"
            if let id = id(of: manifest) {
                let place = location(manifest.extent(of: idPath), manifest.file)
                if let first = ids[id] {
                    note(.duplicateID(id.text, first), idPath, of: manifest)
                    doubled.insert(index)
                    continue
                }
                ids[id] = place
            }
            guard let name = manifest.name else { continue }
            if let first = names[name] {
                note(.duplicateName(name, first), "metadata.name", of: manifest)
                doubled.insert(index)
            } else {
                names[name] = location(manifest.extent(of: "metadata.name"), manifest.file)
            }
        }
        return doubled
    }

    private func id(of manifest: WorkspaceManifest) -> WorkspaceID? {
        if let id = manifest.id { return id }
        return manifest.has("spec.id") ? nil : manifest.name.flatMap { WorkspaceID($0) }
    }

    private mutating func resolve(_ manifest: WorkspaceManifest) -> DesiredWorkspace? {
        let spec = manifest.spec
        checkRequired(manifest)
        let keys = spec.keys ?? (manifest.has("spec.keys") ? [] : Self.defaultKeys)
        checkKeys(keys, of: manifest)
        checkProviderSecrets(keys, of: manifest)
        guard let id = id(of: manifest), let name = manifest.name, let models = spec.models,
            let (budget, warnAt) = budget(of: spec)
        else { return nil }
        return DesiredWorkspace(
            id: id, name: name, labels: manifest.labels, paused: manifest.paused, budget: budget,
            warnAtPercent: warnAt, models: models, limits: spec.limits, keys: keys,
            providerSecrets: spec.providerSecrets, suspended: spec.suspended ?? false,
            prune: spec.prune ?? true,
            places: manifest.places.mapValues { location($0, manifest.file) })
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

    private mutating func checkRequired(_ manifest: WorkspaceManifest) {
        guard manifest.hasSpec else { return }  // said already
        for name in ["budget", "models"] where !manifest.has("spec.\(name)") {
            missing(name, in: Schema.spec, "spec", of: manifest)
        }
        if case .capped(limit: nil, _, _) = manifest.spec.budget, !manifest.has("spec.budget.limit")
        {
            missing("limit", in: Schema.budget, "spec.budget", of: manifest)
        }
    }

    private mutating func missing(
        _ name: String, in group: Schema.Group, _ path: String, of manifest: WorkspaceManifest
    ) {
        let doc = group[name]?.doc ?? ""
        note(.missingField(name, of: group.name, doc: doc), path, of: manifest)
    }

    private mutating func checkKeys(_ keys: [DesiredKey], of manifest: WorkspaceManifest) {
        for key in keys {
            let path = "spec.keys.\(key.secret)"
            if case .only(let models) = manifest.spec.models {
                // Patterns are LiteLLM's to resolve, so a key may name what they cover.
                let isOpen = models.contains { $0.hasSuffix("*") }
                let own = Set(manifest.spec.providerSecrets.flatMap { $0.models.map(\.name) })
                for model in (key.models ?? []).subtracting(models).subtracting(own).sorted()
                where !isOpen {
                    note(.modelNotInWorkspace(model), "\(path).models.\(model)", of: manifest)
                }
            }
            guard let rotation = key.rotation else { continue }
            let overlaps = [("overlap", rotation.overlap), ("afterOverlap", rotation.afterOverlap)]
            for (name, overlap) in overlaps {
                let field = "\(path).rotation.\(name)"
                // The default of 24h is as short as one that is written where the cache is longer.
                guard let overlap, overlap.seconds != 0,
                    overlap.seconds
                        < keyCacheTTL.seconds.multipliedReportingOverflow(by: 2).partialValue
                else { continue }
                note(
                    .overlapTooShort(overlap: overlap, keyCacheTTL: keyCacheTTL), field,
                    of: manifest)
            }
        }
    }

    private mutating func checkProviderSecrets(
        _ keys: [DesiredKey], of manifest: WorkspaceManifest
    ) {
        let secrets = manifest.spec.providerSecrets
        let names = secrets.map(\.name.text)
        var first: [String: SourceLocation] = [:]
        for secret in secrets {
            let path = "spec.providerSecrets.\(secret.name)"
            if keys.contains(where: { $0.secret == secret.name }) {
                let place = location(manifest.extent(of: "spec.keys.\(secret.name)"), manifest.file)
                note(.duplicateSecret(secret.name.text, place), path, of: manifest)
            }
            for model in secret.models {
                let place = "\(path).models.\(model.name)"
                if case .only(let models) = manifest.spec.models, models.contains(model.name) {
                    note(.publicNameInModels(model.name), place, of: manifest)
                }
                if let other = first[model.name] {
                    note(.duplicateModel(model.name, other), place, of: manifest)
                }
                first[model.name] = location(manifest.extent(of: place), manifest.file)
                for (parameter, name) in model.credentials.sorted(by: { $0.key < $1.key })
                where !names.contains(name.text) {
                    let nearest = NearestName.of(name.text, among: names)
                    note(
                        .unknownCredential(name.text, nearest: nearest),
                        "\(place).credentials.\(parameter)", of: manifest)
                }
            }
        }
    }
}
