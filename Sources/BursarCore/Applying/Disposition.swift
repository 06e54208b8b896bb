/// What to do about a failure of the world.
package enum Disposition: Hashable, Sendable {
    /// Try again; `after` is what the server asked for (`Retry-After`).
    case retry(after: Span?)
    /// Trying again changes nothing: somebody must act.
    case stall
}
