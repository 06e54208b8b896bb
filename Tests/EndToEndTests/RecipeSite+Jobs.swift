import BursarCore
import Foundation
import TestSupport
import Testing

extension RecipeSite {
    enum Job: Hashable {
        case plan, show, due
        case apply(checksum: String? = nil)

        var name: String {
            switch self {
            case .plan: "plan"
            case .show: "show"
            case .due: "due"
            case .apply: "apply"
            }
        }
    }

    /// Runs it on the machine that all jobs run on, as the forge would for what is in the repository
    /// now. No secret stands in what it prints.
    func run(
        _ job: Job, variables more: [String: String] = [:]
    ) async throws -> BuiltBinary.Result {
        let file: String
        switch forge {
        case .github:
            // As it is in main: the forge takes no other.
            let text = try await BuiltBinary.run(
                ["-C", origin, "show", "main:.github/workflows/bursar.yml"],
                executable: "/usr/bin/git")
            try scratch.write(text.output, to: "pipeline.yml")
            file = scratch.path + "/pipeline.yml"
        case .gitlab: file = Self.recipes + "/gitlab/bursar.gitlab-ci.yml"
        }
        let data = try JSONSerialization.data(
            withJSONObject: try await context(job, variables: more))
        try scratch.write(String(decoding: data, as: UTF8.self), to: "context.json")
        let support = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "TestSupport/run-job")
        let result = try await BuiltBinary.run(
            [support.path, file, job.name, scratch.path + "/context.json"],
            in: scratch.url.appending(path: "workspace"),
            executable: "\(Tools.folder ?? "")/python3")
        for secret in [planKey, proxy.key, FakeForge.token] {
            #expect(!result.all.contains(secret))
        }
        return result
    }

    private func context(
        _ job: Job, variables more: [String: String]
    ) async throws -> [String: Any] {
        let tip = try await git("rev-parse", job == .plan ? "change" : "main")
        let main = try await git("rev-parse", "main")
        var checksum = ""
        if case .apply(let given?) = job { checksum = given }
        let programs = URL(filePath: BuiltBinary.path).deletingLastPathComponent().path
        let common = [
            "PATH": "\(programs):/usr/bin:/bin", "HOME": scratch.path + "/home", "CI": "true",
            "no_proxy": "127.0.0.1",
        ]
        let settings = [
            "LITELLM_URL": proxy.url, "BURSAR_SECRETS_DIRECTORY": secrets,
        ].merging(more) { $1 }
        let environments = [
            "bursar-plan": ["LITELLM_PLAN_KEY": planKey],
            "bursar-apply": ["LITELLM_MASTER_KEY": proxy.key],
        ]
        switch forge {
        case .github:
            let event = [
                "plan": "pull_request_target", "due": "schedule", "show": "workflow_dispatch",
            ]
            let isByHand = job == .show || !checksum.isEmpty
            return [
                "origin": origin, "vars": settings, "inputs": ["checksum": checksum],
                "environments": environments,
                "github": [
                    "event_name": isByHand ? "workflow_dispatch" : event[job.name] ?? "push",
                    "sha": main, "token": FakeForge.token,
                    "event": ["number": 7, "pull_request": ["head": ["sha": tip]]],
                ],
                "variables": common.merging([
                    "GITHUB_API_URL": api.url, "GITHUB_SERVER_URL": "https://github.example",
                    "GITHUB_REPOSITORY": "acme/llm", "GITHUB_SHA": main,
                    "GITHUB_REF_NAME": "main", "GITHUB_RUN_ID": "99",
                ]) { $1 },
            ]
        case .gitlab:
            let source = ["plan": "merge_request_event", "due": "schedule", "show": "web"]
            var variables = common.merging(settings) { $1 }.merging([
                "CI_API_V4_URL": api.url + "/api/v4", "CI_PROJECT_ID": "17",
                "CI_REPOSITORY_URL": origin, "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": tip,
                "CI_PIPELINE_SOURCE": checksum.isEmpty ? source[job.name] ?? "push" : "web",
                "CI_JOB_URL": "https://gitlab.example/acme/llm/-/jobs/99",
                "CI_PROJECT_DIR": scratch.path + "/workspace",
                "BURSAR_GITLAB_TOKEN": FakeForge.token,
            ]) { $1 }
            if job == .plan {
                variables["CI_MERGE_REQUEST_IID"] = "7"
                variables["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] = "main"
            } else {
                variables["CI_COMMIT_BRANCH"] = "main"
            }
            if !checksum.isEmpty { variables["CHECKSUM"] = checksum }
            return ["origin": origin, "variables": variables, "environments": environments]
        }
    }
}
