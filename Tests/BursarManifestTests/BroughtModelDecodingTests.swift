import BursarCore
import Testing

@testable import BursarManifest

/// What a golden cannot show, since its order is not told.
struct BroughtModelDecodingTests {
    @Test func `parameters keep their types, and credentials their secrets`() throws {
        var files = SourceFiles()
        let text = """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: search}
            spec:
              budget: unlimited
              models: all
              providerSecrets:
                - {name: AWS_ID, valueFrom: {env: A}}
                - name: AWS_KEY
                  valueFrom: {env: B}
                  models:
                    - name: claude
                      upstream: bedrock/claude
                      params: {rpm: 100, hex: 0x10, temperature: 0.2, half: .5, drop_params: true, project: "17", region: eu}
                      credentials: {aws_access_key_id: AWS_ID, aws_secret_access_key: AWS_KEY}
            """
        files.manifests = [ManifestFile(path: "m.yaml", bytes: Array(text.utf8))]
        let workspace = try #require(files.load().desired.workspaces.first)
        let brought = try #require(workspace.broughtModels.first)
        #expect(
            brought.params == [
                "rpm": .number("100"), "hex": .number("16"), "temperature": .number("0.2"),
                "half": .number("0.5"), "drop_params": .bool(true), "project": .string("17"),
                "region": .string("eu"),
            ])
        #expect(
            brought.credentials == [
                "aws_access_key_id": try #require(SecretName("AWS_ID")),
                "aws_secret_access_key": try #require(SecretName("AWS_KEY")),
            ])
        #expect(brought.name == "search--claude")
    }
}
