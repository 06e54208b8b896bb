/// Why something is to change.
package enum Cause: String, Hashable, Sendable, CaseIterable {
    case manifest, drift, rotation, prune, adoption, value
}

package enum Action: String, Hashable, Sendable {
    case create, update, mint, verify, publish, retire, block, delete, put, remove, register
    case suspend, resume, adopt
}

/// What a change is about.
package struct Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    package enum Part: Hashable, Sendable {
        case team
        case key(SecretName)
        case secret(SecretName)
        /// Of a model that the workspace brings along: its public name.
        case model(String)
    }

    package let workspace: WorkspaceID
    package let part: Part

    package init(_ workspace: WorkspaceID, _ part: Part) {
        self.workspace = workspace
        self.part = part
    }

    package var description: String {
        switch part {
        case .team: "workspace/\(workspace)"
        case .key(let name): "workspace/\(workspace)/key/\(name)"
        case .secret(let name): "workspace/\(workspace)/secret/\(name)"
        case .model(let name): "workspace/\(workspace)/model/\(name)"
        }
    }

    package static func < (a: Address, b: Address) -> Bool { a.description < b.description }
}

/// One field before and after, in the manifest's words. `nil`: not set.
package struct FieldChange: Hashable, Sendable {
    package let path: String
    package let before: String?
    package let after: String?
    package let cause: Cause

    package init(path: String, before: String?, after: String?, cause: Cause) {
        self.path = path
        self.before = before
        self.after = after
        self.cause = cause
    }
}

/// What a reader of the plan says yes or no to.
package struct Change: Hashable, Sendable {
    package let address: Address
    package let action: Action
    package let cause: Cause
    package let reason: String
    /// Where the manifest asks for it; `nil` where nothing in the source does.
    package let place: SourceLocation?
    package let fields: [FieldChange]

    package init(
        _ address: Address, _ action: Action, _ cause: Cause, reason: String,
        place: SourceLocation? = nil, fields: [FieldChange] = []
    ) {
        self.address = address
        self.action = action
        self.cause = cause
        self.reason = reason
        self.place = place
        self.fields = fields
    }

    /// Time brings it, not a person: it is no part of what a review approves. Of a prune that is all
    /// that comes after the suspension.
    package var broughtByTime: Bool {
        switch cause {
        case .rotation, .value: true
        case .prune: action != .suspend
        case .manifest, .drift, .adoption: false
        }
    }
}

/// A change and the operations that make it, in order.
package struct Step: Hashable, Sendable {
    package let change: Change
    package let operations: [Operation]
    /// After the publish of its workspace: it takes something from a key that apps use.
    package let isLate: Bool

    package init(_ change: Change, _ operations: [Operation], isLate: Bool = false) {
        self.change = change
        self.operations = operations
        self.isLate = isLate
    }
}

/// What time alone will bring.
package struct Upcoming: Hashable, Sendable {
    package let address: Address
    package let action: Action
    package let at: Instant
    package let reason: String

    package init(address: Address, action: Action, at: Instant, reason: String) {
        self.address = address
        self.action = action
        self.at = at
        self.reason = reason
    }
}
