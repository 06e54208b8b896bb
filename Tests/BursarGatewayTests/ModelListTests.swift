import BursarCore
import BursarEngine
import BursarSandbox
import Testing

@testable import BursarGateway

struct ModelListTests {
    private static let rows =
        ["gf-chat-default", "gf-embed-default", "gf-vision-default", "house-model"].map {
            ProxyModel(name: $0, upstream: "openai/\($0)")
        } + [
            ProxyModel(
                name: "search--gpt-4o", upstream: "openai/gpt-4o", mode: "chat",
                accessGroups: ["big"]),
            ProxyModel(name: "search--", upstream: "openai/none"),
            ProxyModel(name: "search-two--gpt-4o", upstream: "openai/gpt-4o"),
            ProxyModel(name: "ads--claude", upstream: "anthropic/claude"),
        ]

    @Test(arguments: [
        (ModelAccess.all, ["gf-chat-default", "gf-embed-default", "gf-vision-default", "gpt-4o"]),
        (.only(["gf-chat-default", "gf-chat-pro", "house-model"]), ["gf-chat-default"]),
        (.only(["search--gpt-4o"]), ["gpt-4o"]), (.only(["big"]), ["gpt-4o"]),
        (.only(["gpt-4o"]), []), (.only([]), []),
        (.only(["gf-*"]), ["gf-chat-default", "gf-embed-default", "gf-vision-default"]),
        (.only(["search-two--gpt-4o", "ads--claude"]), []),
    ])
    func `A workspace is told what the proxy has and its team may call`(
        access: ModelAccess, ids: [String]
    ) throws {
        let search = try #require(WorkspaceID("search"))
        let models = OfferedModel.all(of: search, access: access, rows: Self.rows)
        #expect(models.map(\.id) == ids)
    }

    @Test func `Each says its role, its upstream and where it comes from`() async throws {
        let own = ServedModel(
            name: "search--gpt-4o", inputPerToken: .zero, outputPerToken: .zero)
        let site = try GatewaySite(options: .init(models: ServedModel.samples + [own]))
        site.liteLLM(
            "POST", "/team/new",
            #"{"team_id": "search", "models": ["gf-chat-default", "search--gpt-4o"]}"#)
        let answer = try await site.call(
            "GET", "/v1/workspaces/search/llm/models", permissions: #"{"search": ["read"]}"#)
        #expect(answer.status == 200)
        #expect(
            answer.json?["models"]?.array == [
                .object([
                    "id": .string("gf-chat-default"), "role": .string("chat"),
                    "upstream": .string("openai/gpt-4o-mini"), "origin": .string("groundfloor"),
                ]),
                .object([
                    "id": .string("gpt-4o"), "role": .null,
                    "upstream": .string("openai/search--gpt-4o"), "origin": .string("byo"),
                ]),
            ])
        let none = try await site.call(
            "GET", "/v1/workspaces/ads/llm/models", permissions: #"{"ads": ["read"]}"#)
        #expect(none.status == 404)
        site.sandbox.inject(FaultPlan([.init(.every, .reset)]))
        let gone = try await site.call(
            "GET", "/v1/workspaces/search/llm/models", permissions: #"{"search": ["read"]}"#)
        #expect(gone.status == 502)
        #expect(gone.json?["type"]?.string == "urn:bursar:problem:litellm-unreachable")
    }
}
