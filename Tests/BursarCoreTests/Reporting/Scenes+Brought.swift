import BursarCore
import Testing

extension Scene {
    /// One workspace brings two models along, another one takes its own away, and a team of others
    /// could call them all.
    static func broughtModels() throws -> Scene {
        var scene = Scene()
        let secret = try #require(SecretName("OPENAI_API_KEY"))
        var search = try workspace("search", dollars: 250)
        search.providerSecrets = [
            DesiredProviderSecret(
                name: secret, valueFrom: .env("OPENAI_SEARCH"),
                models: [
                    DesiredModel(name: "gpt-4o", upstream: "openai/gpt-4o"),
                    DesiredModel(
                        name: "acme/claude", upstream: "openai/claude",
                        apiBase: "https://gateway.acme.example/v1", params: ["rpm": .number(60)]),
                ])
        ]
        scene.desired = [search]
        try scene.add(try workspace("ads", dollars: 40))
        let ads = try #require(WorkspaceID("ads"))
        let marker = ProviderMarker(
            owner: owner.name, salt: (1, 2), value: SecretValue("value"), source: .env("A"))
        scene.secrets[ads, default: []].append(
            ObservedSecret(name: secret, marker: nil, provider: marker))
        let name = "ads--gpt-4o"
        scene.brought = [
            ObservedModel(
                id: BroughtModel.id(of: name), name: name,
                mark: ModelMark(
                    owner: owner.name, workspace: "ads", hmacs: [secret: marker.hmac],
                    applied: [:]))
        ]
        try scene.editTeam("ads") {
            $0.models = .only(["gf-chat-default", name])
            $0.aliases = ["gpt-4o": name]
        }
        scene.teams.append(
            ObservedTeam(
                id: try #require(WorkspaceID("ops")), alias: "Operations", models: .all,
                spend: .zero))
        return scene
    }
}
