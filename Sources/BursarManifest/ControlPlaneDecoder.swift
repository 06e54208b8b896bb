internal import BursarCore

/// `spec.controlPlane` of a configuration.
enum ControlPlaneDecoder {
    static func decode(
        _ node: Node, _ findings: inout Findings
    ) -> Configuration.ControlPlane {
        var controlPlane = Configuration.ControlPlane()
        guard
            let fields = Fields(node, Schema.controlPlane, path: "spec.controlPlane", &findings)
        else { return controlPlane }
        controlPlane.url = fields.present("url", &findings).flatMap { findings.url($0) }
        guard let node = fields.present("keycloak", &findings),
            let fields = Fields(
                node, Schema.keycloak, path: "spec.controlPlane.keycloak", &findings)
        else { return controlPlane }
        controlPlane.tokenURL = fields.present("tokenURL", &findings).flatMap { findings.url($0) }
        controlPlane.clientID = fields.text("clientID", &findings)
        controlPlane.clientSecretFile = fields.text("clientSecretFile", &findings)
        controlPlane.scope = fields.text("scope", &findings)
        return controlPlane
    }
}
