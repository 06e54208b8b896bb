extension WorkspacePlanner {
    /// The workspace's models but those it brings along, with `all` written out: LiteLLM's own spelling
    /// of it would open other workspaces' models too. One that bears the public name of a model that it
    /// brings along is left out: calls would go there, on the operator's key, wherever the alias is not
    /// seen.
    var writtenModels: Set<String> {
        if case .only(let names) = desired.models { return names }
        guard !proxyPatterns.isEmpty || !desired.providerSecrets.isEmpty else { return proxyModels }
        return proxyModels.subtracting(desired.broughtModels.map(\.publicName))
            .subtracting(unwritten.map(\.name))
    }

    /// The proxy's models that `all` does not stand for, since in a list their name opens others.
    private var unwritten: [(name: String, opens: String)] {
        guard desired.models == .all, !proxyPatterns.isEmpty else { return [] }
        let own = desired.broughtModels.map(\.publicName)
        return proxyPatterns.compactMap { name -> (name: String, opens: String)? in
            if Reach.words.contains(name) { return (name, "every model") }
            let reach = Reach(list: [name])
            if let other = broughtNames.first(where: reach.opens) { return (name, other) }
            return own.first(where: reach.letsIn).map { (name: name, opens: $0) }
        }
    }

    static func isPattern(_ name: String) -> Bool {
        name.contains("*") || Reach.words.contains(name)
    }

    var modelErrors: [String] {
        listErrors
            + (listsAliases || desired.broughtModels.isEmpty
                ? []
                : [
                    "models of its own need a LiteLLM whose list of teams tells their aliases (1.101.0 or later)"
                ])
    }

    private var listErrors: [String] {
        guard desired.models == .all else { return [] }
        if proxyModels.isEmpty {
            return [
                "models: all cannot be written out, since the proxy lists no model; is it still starting?"
            ]
        }
        let unwritten = unwritten
        guard unwritten.count == proxyModels.count else { return [] }
        return [
            "models: all comes to nothing, since the proxy has only \(Self.list(unwritten)): say in "
                + "spec.models what is meant"
        ]
    }

    var modelWarnings: [String] {
        if case .only(let models) = desired.models {
            guard !proxyModels.isEmpty else { return [] }
            let unknown = models.filter { !proxyModels.contains($0) && !$0.contains("*") }.sorted()
            return unknown.isEmpty
                ? [] : ["the proxy has no model \(unknown.joined(separator: ", "))"]
        }
        let unwritten = unwritten
        guard !unwritten.isEmpty else { return [] }
        return [
            "models: all is written out without the proxy's \(Self.list(unwritten)): if it is meant, "
                + "list it in spec.models"
        ]
    }

    private static func list(_ unwritten: [(name: String, opens: String)]) -> String {
        unwritten.map { "\($0.name) (it would open \($0.opens))" }.joined(separator: ", ")
    }
}
