internal import BursarCore
internal import BursarEngine
internal import BursarGroundfloor

extension Doctor {
    /// Token, URL and permissions: each call says which of them is wrong.
    ///
    /// - Parameter workspace: the one to ask about; `nil`: there is none.
    /// - Returns: whether nothing is wrong.
    func examineControlPlane(
        _ configuration: Configuration, _ workspace: WorkspaceID?
    ) async -> Bool {
        let controlPlane: ControlPlane
        do throws(SetupProblem) {
            controlPlane = try Composition.controlPlane(configuration, connection)
            try await controlPlane.examined { (plane) throws(ControlPlaneError) in
                try await plane.authenticate()
            }
            Self.ok("Control Plane: the provider gives a token")
        } catch {
            Self.fail("Control Plane: \(error)")
            return false
        }
        guard await examineURL(controlPlane, workspace) else { return false }
        guard let workspace else {
            Self.warn("Control Plane: not asked, since there is no manifest of a workspace")
            return true
        }
        await examineReading(of: workspace, controlPlane)
        return await examineWriting(in: workspace, controlPlane)
    }

    /// LiteLLM itself, or a path too much, answers 404: so does a Control Plane of a workspace before its
    /// first apply, but only with a token.
    private func examineURL(
        _ controlPlane: ControlPlane, _ workspace: WorkspaceID?
    ) async -> Bool {
        guard let asked = workspace ?? WorkspaceID("bursar-doctor") else { return true }
        do throws(SetupProblem) {
            try await controlPlane.examined { (plane) throws(ControlPlaneError) in
                guard let status = try await plane.strangeStatus(asking: asked) else { return }
                // One that hides from strangers what it is shows itself to a token.
                do throws(ControlPlaneError) { _ = try await plane.models(of: asked) } catch {
                    throw .malformed(
                        "what answers is no Control Plane (status \(status) without a token): check"
                            + " CONTROL_PLANE_URL, or spec.controlPlane.url, which goes without /v1"
                    )
                }
            }
            return true
        } catch {
            Self.fail("Control Plane: \(error)")
            return false
        }
    }

    private func examineReading(of workspace: WorkspaceID, _ controlPlane: ControlPlane) async {
        do throws(SetupProblem) {
            try await controlPlane.examined { (plane) throws(ControlPlaneError) in
                let models = try await plane.models(of: workspace)
                let usage = try await plane.usage(of: workspace, last: .days(1))
                Self.ok(
                    "Control Plane: \(workspace) may call \(counted(models.count, "model")); "
                        + "\(counted(usage.completions, "completion")) in the last day")
            }
        } catch {
            // Before its first apply there is no such workspace; the store and apply need neither.
            Self.warn("Control Plane: models and usage of \(workspace): \(error)")
        }
    }

    private func examineWriting(
        in workspace: WorkspaceID, _ controlPlane: ControlPlane
    ) async -> Bool {
        do throws(SetupProblem) {
            let name =
                "BURSAR_DOCTOR_\(String(SystemTimekeeper().random(), radix: 36).uppercased())"
            guard let name = SecretName(name) else {
                preconditionFailure("letters, digits and `_` are the name of a secret")
            }
            try await controlPlane.examined { (plane) throws(ControlPlaneError) in
                try await plane.checkWriting(in: workspace, removing: name)
            }
            Self.ok("Control Plane: bursar may write in \(workspace)")
            return true
        } catch {
            Self.fail("Control Plane: \(error)")
            return false
        }
    }
}

extension ControlPlane {
    fileprivate func examined(
        _ body: (ControlPlane) async throws(ControlPlaneError) -> Void
    ) async throws(SetupProblem) {
        do throws(ControlPlaneError) { try await body(self) } catch {
            throw SetupProblem("\(error)")
        }
    }
}
