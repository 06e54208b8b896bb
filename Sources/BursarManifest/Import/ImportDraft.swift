package import BursarCore

/// What `bursar import` writes: a manifest for each team that can be taken over as it is, and a file of
/// candidates that no command reads, with everything else.
package struct ImportDraft: Sendable {
    package struct Manifest: Sendable {
        /// The name of the file.
        package let name: String
        package let text: String
        /// What the text must say.
        package let workspace: DesiredWorkspace
    }

    package let manifests: [Manifest]
    /// `nil`: there is nothing else.
    package let candidates: String?
    /// Of teams and of keys without a team in `candidates`.
    package let leftTeams: Int
    package let leftKeys: Int
    /// Teams that bear our mark already, or that a manifest names.
    package let known: Int

    package static let candidatesName = "import.yaml.candidates"

    /// The name of the manifest's file; never that of the configuration.
    package static func file(of id: WorkspaceID) -> String {
        id.text == "bursar" ? "bursar-team.yaml" : "\(id).yaml"
    }

    /// - Parameters:
    ///   - existing: the workspaces of the source; theirs are left out.
    ///   - from: an owner whose teams are taken over, too.
    package init(
        _ found: FoundState, owner: Owner, from: String?, existing: [DesiredWorkspace], now: Instant
    ) {
        let importer = Importer(found, owner: owner, from: from, existing: existing, now: now)
        var manifests: [Manifest] = []
        var sections: [String] = []
        var known = 0
        var leftTeams = 0
        for team in found.teams {
            switch importer.team(team) {
            case .known: known += 1
            case .manifest(let manifest): manifests.append(manifest)
            case .left(let section):
                leftTeams += 1
                sections.append(section)
            }
        }
        let keys = importer.keysOutside()
        self.manifests = manifests
        self.known = known
        self.leftTeams = leftTeams
        leftKeys = keys.count
        sections += keys
        candidates = sections.isEmpty ? nil : Self.head + sections.joined()
    }

    /// Whether these are what an import wrote: a report, which the next one writes anew.
    package static func isCandidates(_ text: String) -> Bool {
        text.hasPrefix(head.prefix { $0 != "\n" })
    }

    private static let head = """
        # What `bursar import` could not take over as it is: teams, with the reason, and keys without a team.
        # No command reads this file, since its name does not end in .yaml. To take something over, copy its
        # document into a file that does, correct it, and look at `bursar plan`.

        """
}
