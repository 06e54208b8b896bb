internal import BursarCore

/// What applies to a directory: the defaults and the policies of it and of those above.
struct Scope: Sendable {
    /// A `spec`, the nearest wins; `nil` where no directory gives any.
    var defaults: Node?
    /// Sorted.
    var terms: [PolicyTerm] = []
    /// A file in which defaults or a policy may stand that could not be read: what is below it
    /// waits, since without them it would be something else.
    var heldBy: Holder?

    enum Holder: Hashable, Sendable {
        case file(Int32)
        /// The path of a file that gave no bytes.
        case unreadable(String)
    }
}

/// Scopes by directory.
struct Scopes: Sendable {
    /// What stands in one directory itself.
    private struct Own {
        var defaults: (spec: Node, place: Extent)?
        var terms: [PolicyTerm] = []
        var heldBy: Scope.Holder?
    }

    private var own: [Substring: Own] = [:]
    private var resolved: [Substring: Scope] = [:]

    /// Everything up to the last slash; empty where there is none.
    static func directory(of path: String) -> Substring {
        path.lastIndex(of: "/").map { path[..<$0] } ?? ""
    }

    /// Where defaults of that directory stand already; then these are not taken.
    mutating func add(defaults: Node, place: Extent, in directory: Substring) -> Extent? {
        if let first = own[directory]?.defaults { return first.place }
        own[directory, default: Own()].defaults = (defaults, place)
        return nil
    }

    mutating func add(terms: [PolicyTerm], in directory: Substring) {
        own[directory, default: Own()].terms += terms
    }

    mutating func hold(_ directory: Substring, by holder: Scope.Holder) {
        if own[directory]?.heldBy == nil { own[directory, default: Own()].heldBy = holder }
    }

    /// Works out the scopes of these directories; others have none afterwards.
    mutating func resolve(_ directories: some Sequence<Substring>) {
        guard !own.isEmpty else { return }
        for directory in directories { _ = scope(resolving: directory) }
    }

    func scope(of directory: Substring) -> Scope { resolved[directory] ?? Scope() }

    private mutating func scope(resolving directory: Substring) -> Scope {
        if let known = resolved[directory] { return known }
        var scope = Scope()
        if !directory.isEmpty {
            let above = directory.lastIndex(of: "/").map { directory[..<$0] } ?? ""
            scope = self.scope(resolving: above)
        }
        if let own = own[directory] {
            if let defaults = own.defaults {
                let spec = defaults.spec
                scope.defaults = scope.defaults.map { Inheritance.spec(spec, over: $0) } ?? spec
            }
            scope.terms = PolicyTerm.sorted(scope.terms + own.terms)
            scope.heldBy = scope.heldBy ?? own.heldBy
        }
        resolved[directory] = scope
        return scope
    }
}
