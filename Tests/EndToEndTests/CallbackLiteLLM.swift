import BursarCore
import BursarEngine
import BursarHTTP
import Foundation
import TestSupport

/// A real LiteLLM of its own, whose callback goes to one URL: that is of its configuration.
final class CallbackLiteLLM: Sendable {
    let url: String
    let masterKey: String
    var place: LiteLLMPlace { LiteLLMPlace(url: url, masterKey: masterKey) }
    private let directory: TemporaryDirectory
    private let process = Process()
    /// LiteLLM ends when this is closed, however the test ends.
    private let input = Pipe()
    private let transport = CurlTransport()

    struct Failure: Error {
        let told: String
    }

    init(to endpoint: String) throws {
        directory = try TemporaryDirectory()
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "LiteLLM")
        let sample = try String(
            contentsOf: tests.appending(path: "config.yaml"), encoding: .utf8)
        try directory.write(
            sample.replacing(
                "litellm_settings:\n",
                with:
                    "litellm_settings:\n  callbacks: [gateway]\n  turn_off_message_logging: true\n")
                    + """

                    callback_settings:
                      gateway:
                        callback_type: generic_api
                        endpoint: \(endpoint)
                        headers: {X-From: litellm}
                        max_retries: 3
                        retry_delay: 1

                    """, to: "config.yaml")
        let output = Pipe()
        process.executableURL = tests.appending(path: "with")
        process.arguments = [
            "sh", "-c",
            "echo READY $BURSAR_TEST_LITELLM_URL $BURSAR_TEST_LITELLM_MASTER_KEY; exec cat >&2",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "LITELLM_CONFIG": directory.path + "/config.yaml"
        ]) { $1 }
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var text = ""
        while !text.contains("READY") || !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(told: text) }
            text += String(decoding: data, as: UTF8.self)
        }
        let words = text.split(whereSeparator: \.isWhitespace).suffix(3).map(String.init)
        guard words.count == 3, words[0] == "READY" else { throw Failure(told: text) }
        (url, masterKey) = (words[1], words[2])
    }

    deinit {
        try? input.fileHandleForWriting.close()
        // Not `waitUntilExit`: it waits for the script's own watcher too, which waits for this.
        var status: Int32 = 0
        waitpid(process.processIdentifier, &status, 0)
    }

    /// With the master key; a POST where there is a body.
    @discardableResult
    func call(_ path: String, _ body: String? = nil) async throws -> JSONValue {
        let answer = try await transport.send(
            HTTPRequest(
                body == nil ? .get : .post, url + path,
                headers: [.bearer(SecretValue(masterKey))], body: body.map { Array($0.utf8) }))
        guard answer.status == 200, let json = JSONValue(parsing: answer.body) else {
            throw Failure(told: "\(path): \(answer.status)")
        }
        return json
    }
}
