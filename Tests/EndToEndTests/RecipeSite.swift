import BursarCore
import Foundation
import TestSupport
import Testing

/// A repository of manifests on a forge, with the stand-in of LiteLLM, and the pipelines of deploy/ci
/// beside it: their own commands are what runs.
struct RecipeSite: Sendable {
    enum Forge: String, Sendable, CaseIterable { case github, gitlab }

    let forge: Forge
    let proxy: ProxySite
    let api: FakeForge
    let planKey: String
    var scratch: TemporaryDirectory { proxy.scratch }
    var origin: String { scratch.path + "/origin" }

    /// With everything of main applied, and a branch `change` that is request 7.
    static func open(
        _ forge: Forge, on place: ProxySite.Place = .sandbox,
        _ body: @escaping @Sendable (RecipeSite) async throws -> Void
    ) async throws {
        try await ProxySite.open(place) { proxy in
            let user = proxy.id("viewer")
            try await proxy.call(
                "POST", "/user/new",
                ["user_id": user, "user_role": "proxy_admin_viewer", "auto_create_key": false])
            let key = try await proxy.call("POST", "/key/generate", ["user_id": user])
            let site = RecipeSite(
                forge: forge, proxy: proxy, api: try FakeForge(),
                planKey: try #require(key["key"] as? String))
            try await site.prepare()
            try await body(site)
        }
    }

    private func prepare() async throws {
        let made = try await BuiltBinary.run(["init", origin, "--owner", "acme"])
        try #require(made.status == 0, "\(made.all)")
        if forge == .gitlab {
            try FileManager.default.copyItem(
                atPath: Self.recipes + "/bursar/gitlab", toPath: origin + "/.bursar/gitlab")
        }
        for name in ["workspace", "home"] {
            try FileManager.default.createDirectory(
                atPath: "\(scratch.path)/\(name)", withIntermediateDirectories: true)
        }
        try await git("init", "--quiet", "--initial-branch=main")
        try await commit()
        let apply = try await bursar("apply", "--yes")
        try #require(apply.status == 0, "\(apply.all)")
        try await git("checkout", "--quiet", "-b", "change")
    }

    static let recipes = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy/ci").path

    // MARK: - The repository

    @discardableResult
    func git(_ arguments: String...) async throws -> String {
        let result = try await BuiltBinary.run(
            ["-C", origin, "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
                + arguments, executable: "/usr/bin/git")
        try #require(result.status == 0, "\(result.all)")
        return result.output.split(separator: "\n").last.map(String.init) ?? ""
    }

    func commit() async throws {
        try await git("add", "--all")
        try await git("commit", "--quiet", "--message", "Change")
    }

    /// Of the branch that is checked out.
    func edit(_ file: String, _ old: String, _ new: String) async throws {
        let text = try #require(scratch.text("origin/\(file)"))
        try #require(text.contains(old))
        try scratch.write(text.replacing(old, with: new), to: "origin/\(file)")
        try await commit()
    }

    /// The branch `change` as it is now becomes what request 7 asks for.
    func push() async throws {
        let folder = forge == .github ? "pull" : "merge-requests"
        try await git("update-ref", "refs/\(folder)/7/head", "change")
    }

    /// As request 7, into main.
    func merge() async throws {
        try await git("checkout", "--quiet", "main")
        try await git("merge", "--quiet", "--no-ff", "--no-edit", "change")
        let commit = try await git("rev-parse", "main")
        let request =
            switch forge {
            case .github:
                #"{"number": 7, "merged_at": "x", "merge_commit_sha": "\#(commit)", "base": {"ref": "main"}}"#
            case .gitlab:
                #"{"iid": 7, "state": "merged", "merge_commit_sha": "\#(commit)", "target_branch": "main"}"#
            }
        // Another one that has the commit, as a branch off main has it.
        let other = request.replacing("7", with: "8", maxReplacements: 1)
            .replacing("main", with: "release")
        try await api.merge(commit, by: "[\(other), \(request)]")
    }

    // MARK: - LiteLLM

    func bursar(_ arguments: String...) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(
            arguments + [origin],
            environment: [
                "LITELLM_URL": proxy.url, "LITELLM_MASTER_KEY": proxy.key,
                "BURSAR_SECRETS_DIRECTORY": secrets,
            ])
    }

    var secrets: String { scratch.path + "/secrets" }

    func cap(_ team: String) async throws -> Double? {
        let answer = try await proxy.call("GET", "/team/info?team_id=\(team)")
        return (answer["team_info"] as? [String: Any])?["max_budget"] as? Double
    }

    // MARK: - The forge

    /// The comments on request 7.
    func comments() async throws -> [FakeForge.Comment] {
        try await api.state().comments["7"] ?? []
    }

    var ours: FakeForge.Comment {
        get async throws {
            let found = try await comments().filter { $0.user == FakeForge.bot }
            try #require(found.count == 1, "\(found)")
            return found[0]
        }
    }
}
