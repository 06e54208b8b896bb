internal import BursarCore

/// `spec.secrets` of a configuration.
enum SecretStoreDecoder {
    static func store(
        _ node: Node, _ findings: inout Findings
    ) -> Configuration.SecretStore? {
        guard let fields = Fields(node, Schema.secrets, path: "spec.secrets", &findings) else {
            return nil
        }
        // `groundfloor:` without a value is as good as `groundfloor: {}`.
        let directory = fields.written("directory", &findings)
        let exec = fields.written("exec", &findings)
        let groundfloor = fields.written("groundfloor", &findings)
        guard [directory, exec, groundfloor].compactMap({ $0 }).count == 1 else {
            let names = Schema.secrets.fields.map(\.name)
            findings.note(.notOneOf(names, of: Schema.secrets.name), at: node)
            return nil
        }
        if let groundfloor {
            if !groundfloor.isNull {
                _ = Fields(groundfloor, Schema.groundfloor, path: "", &findings)
            }
            return .groundfloor
        }
        if let exec {
            let fields = Fields(exec, Schema.exec, path: "spec.secrets.exec", &findings)
            return fields?.required("command", &findings)
                .flatMap { ProviderSecretDecoder.command($0, &findings) }
                .map { .exec($0) }
        }
        guard let directory, !directory.isNull else { return Configuration.defaultSecrets }
        return self.directory(directory, &findings)
    }

    private static func directory(
        _ node: Node, _ findings: inout Findings
    ) -> Configuration.SecretStore? {
        let path = "spec.secrets.directory"
        guard let fields = Fields(node, Schema.directory, path: path, &findings) else { return nil }
        var recipients: [String] = []
        if let node = fields.present("recipients", &findings) {
            recipients = self.recipients(node, &findings)
        }
        return .directory(
            path: fields.text("path", &findings) ?? "./secrets", recipients: recipients,
            group: fields.text("group", &findings),
            mode: fields.present("mode", &findings).flatMap { mode($0, &findings) })
    }

    private static func recipients(_ node: Node, _ findings: inout Findings) -> [String] {
        for item in findings.items(node) ?? [] {
            // What is no text at all is told below.
            guard case .scalar(let text, let plain) = item.value, !text.isEmpty,
                !plain || ScalarForm(plain: text) == .text, !AgeRecipient.isOne(text)
            else { continue }
            findings.note(.noAgeKey, at: item)
        }
        return findings.names(node)?.map(\.text) ?? []
    }

    /// Text only: `0640` without quotes is the number 640.
    private static func mode(_ node: Node, _ findings: inout Findings) -> UInt32? {
        guard let text = node.text else {
            findings.expected("a mode in octal and quotes", at: node)
            return nil
        }
        guard case .scalar(_, plain: false) = node.value, text.utf8.count == 4,
            let mode = UInt32(text, radix: 8), mode & 0o600 == 0o600, mode & ~0o660 == 0
        else {
            findings.note(.invalidMode(text), at: node)
            return nil
        }
        return mode
    }
}
