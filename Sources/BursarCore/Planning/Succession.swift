/// How a lineage comes to its next published key in this run.
struct Succession {
    enum Origin {
        case mint(Generation)
        /// A run broke off after its mint; the keyring derives its value with this entry.
        case finish(KeyLifecycle.Member, entry: String)
    }

    let origin: Origin
    let cause: Cause
    let reason: String
    /// The end of the key it replaces.
    let overlap: Span
    let overlapBy: OverlapSource
    let replacesLost: Bool

    var generation: Generation {
        switch origin {
        case .mint(let generation): generation
        case .finish(let member, _): member.generation
        }
    }
}

extension Succession {
    /// - Parameters:
    ///   - due: the rotation that is due and not deferred.
    ///   - overlap: where no rotation says another.
    /// - Returns: `nil` where the published key stays, or none can be made.
    init?(
        _ lifecycle: KeyLifecycle, derivable: [KeyHash: String], due: DueRotation?,
        overlap: Span, hadPublished: Bool, dueReason: (DueRotation) -> String
    ) {
        let unfinished = lifecycle.unfinished.flatMap { member in
            derivable[member.key.hash].map { Origin.finish(member, entry: $0) }
        }
        origin = unfinished ?? .mint(lifecycle.next)
        self.overlap = due?.overlap ?? overlap
        overlapBy = due?.overlapBy ?? .rule
        switch lifecycle.published {
        case .conflict: return nil
        case .none where lifecycle.revoked != nil:
            (cause, replacesLost) = (.rotation, false)
            reason = "its published key was revoked"
        case .none:
            (cause, replacesLost) = (hadPublished && unfinished == nil ? .drift : .manifest, false)
            reason = hadPublished ? "its published key is gone" : "new in the source"
        case .lost:
            (cause, replacesLost) = (.drift, true)
            reason = "secret lost: the store does not hold it"
        case .key, .recoverable:
            replacesLost = false
            cause = .rotation
            if let due {
                reason = dueReason(due)
            } else if unfinished != nil {
                reason = "an earlier run minted it and broke off"
            } else {
                return nil
            }
        }
    }
}
