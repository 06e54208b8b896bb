internal import BursarCore
internal import BursarEngine
internal import BursarManifest

/// What plan and apply begin with.
struct PlannedSource {
    let loaded: Loaded
    let parts: Composition
    /// What made the plan.
    let reconciler: Reconciler
    let desired: DesiredState
    let plan: Plan

    /// - Parameter comparing: the sources of provider secrets are read.
    ///
    /// Prints what is wrong. Ends the process where the configuration is, or LiteLLM cannot be read.
    static func of(
        _ source: SourceOptions, _ connection: ConnectionOptions, for access: Access, prune: Bool,
        comparing: Bool = false
    ) async throws -> PlannedSource {
        guard let configured = source.configured, configured.configuration != nil,
            let parts = try? Composition(
                of: configured, connection, source.files, for: access)
        else {
            let loaded = try source.load()
            let parts = try Composition(loaded, connection, source.files, for: access)
            let desired = try source.narrow(loaded.desired)
            let reconciler = parts.reconciler(
                pruning: try parts.pruning(asked: prune), comparing: comparing)
            var plan = try await reporting { () async throws(IssuerError) in
                try await reconciler.plan(desired)
            }
            plan.sourceErrors = loaded.errors
            return PlannedSource(
                loaded: loaded, parts: parts, reconciler: reconciler, desired: desired, plan: plan)
        }
        let reconciler = parts.reconciler(
            pruning: try parts.pruning(asked: prune), comparing: comparing)
        let (loaded, planned) = try await reconciler.plan { try source.load() }
        var plan = try reporting { () throws(IssuerError) in try planned.get() }
        plan.sourceErrors = loaded.errors
        return PlannedSource(
            loaded: loaded, parts: parts, reconciler: reconciler, desired: loaded.desired,
            plan: plan)
    }
}

extension Loaded {
    /// One line each.
    fileprivate var errors: [String] {
        diagnostics.filter { $0.severity == .error }.map { diagnostic in
            let place = diagnostic.location.map { "\($0): " } ?? ""
            return "\(place)\(diagnostic.message) [\(diagnostic.code)]"
        }
    }
}

extension SourceOptions {
    /// What the directory's configuration says; `nil` where only a part of its manifests is wanted.
    fileprivate var configured: Loaded? {
        guard origin.file == nil, target.isEmpty, selector.isEmpty else { return nil }
        let loaded = loadManifests(
            configuration: files.configurationFile(), manifests: [])
        // A Control Plane that does not list its secrets is asked for those that manifests name.
        return loaded.configuration?.secrets == .groundfloor ? nil : loaded
    }
}

/// Prints what LiteLLM refused and ends with 1.
private func reporting<Value>(_ body: () throws(IssuerError) -> Value) throws -> Value {
    do { return try body() } catch {
        Terminal.error("\(error)")
        throw Exit.failed
    }
}
