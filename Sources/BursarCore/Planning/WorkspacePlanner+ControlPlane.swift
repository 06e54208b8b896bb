/// Where a Control Plane mints and was seen to end a workspace's key when it minted the next.
extension WorkspacePlanner {
    /// Rules rotate nothing.
    var isEnding: Bool { policy.issuer == .groundfloor && endsReplaced }

    /// A rule must not make a gap for apps day after day. What people ask for is done: they may know
    /// that it is mended, and a key that leaked has to go.
    func holds(_ reason: RotationReason) -> Bool {
        switch reason {
        case .every, .schedule, .maxAge: isEnding
        case .after, .command: false
        }
    }

    var controlPlaneErrors: [String] {
        guard isEnding, desired.keys.count > 1 else { return [] }
        return [
            "the Control Plane keeps one key a workspace alive, and spec.keys names "
                + "\(desired.keys.count): leave one, or set issuer: litellm in bursar.yaml"
        ]
    }

    var controlPlaneWarnings: [String] {
        guard isEnding, desired.keys.contains(where: { $0.rotation?.isRegular == true }) else {
            return []
        }
        return [
            "not rotated by rule: the Control Plane ended the old key when it minted the last new one. "
                + "`bursar rotate` and rotation.after still do, and find out anew"
        ]
    }
}

extension RotationSpec {
    /// It brings rotations by itself.
    fileprivate var isRegular: Bool { trigger != nil || maxAge != nil }
}
