import BursarCore
import BursarSandbox

/// What must hold of teams and keys that bursar did not make, after every write of one. Those that no
/// manifest names are `Foreign`.
extension Invariants {
    func adoptions(_ before: Snapshot, _ after: Snapshot) -> [String] {
        brought(before, after) + opened(before, after) + metadata(before, after)
    }

    private func pairs(
        _ before: Snapshot, _ after: Snapshot
    ) -> [(before: Sandbox.Key, after: Sandbox.Key)] {
        before.rows.keys.values.sorted { $0.hash < $1.hash }.compactMap { key in
            after.rows.keys[key.hash].map { (key, $0) }
        }
    }

    /// Until its first rotation it keeps what no manifest says.
    private func brought(_ before: Snapshot, _ after: Snapshot) -> [String] {
        pairs(before, after).compactMap { key, later in
            guard let mark = later.mark, mark.owner == owner, mark.adopted, mark.retiredAt == nil
            else { return nil }
            let lost = [
                key.cap == later.cap ? nil : "budget",
                key.routes == later.routes ? nil : "routes",
                key.expires == later.expires ? nil : "expiry",
                key.user == later.user || later.user == nil && key.team != later.team
                    ? nil : "user",
            ].compactMap(\.self)
            guard !lost.isEmpty else { return nil }
            return "adopt: \(key.hash.fingerprint) lost its \(lost.joined(separator: ", "))"
        }
    }

    /// The word for a team's models opens every model to a key without one, and so does no word.
    private func opened(_ before: Snapshot, _ after: Snapshot) -> [String] {
        pairs(before, after).compactMap { key, later in
            guard later.team == nil, key.models != later.models,
                later.models.isEmpty || later.models.contains("all-team-models")
            else { return nil }
            return "adopt: \(key.hash.fingerprint) may call every model"
        }
    }

    /// LiteLLM replaces a key's metadata whole.
    private func metadata(_ before: Snapshot, _ after: Snapshot) -> [String] {
        func others(_ metadata: [String: JSONValue]) -> [String: JSONValue] {
            metadata.filter { $0.key != "bursar" && $0.key != "spend_logs_metadata" }
        }
        func logs(_ metadata: [String: JSONValue]) -> [String: JSONValue] {
            (metadata["spend_logs_metadata"]?.object ?? [:])
                .filter { $0.key != "workspace" && $0.key != "generation" }
        }
        let keys = pairs(before, after).filter { key, later in
            others(key.metadata) != others(later.metadata)
                || logs(key.metadata) != logs(later.metadata)
        }.map { "I5: what others wrote on \($0.before.hash.fingerprint) was lost" }
        let teams = before.rows.teams.values.sorted { $0.id < $1.id }.filter { team in
            after.rows.teams[team.id].map { others(team.metadata) != others($0.metadata) } ?? false
        }.map { "I5: what others wrote on the team \($0.id) was lost" }
        return keys + teams
    }
}

extension World {
    /// Published as it is: nobody but its app knows its value. It may have expired meanwhile.
    private func isPublishedAsItIs(_ key: Sandbox.Key) -> Bool {
        key.mark.map { $0.owner == Self.owner.name && $0.adopted && $0.retiredAt == nil } ?? false
    }

    func shouldWork(_ key: Sandbox.Key, for lineage: Lineage) -> Bool {
        isPublishedAsItIs(key) && key.mark?.secret == lineage.secret
            && key.team == lineage.workspace.text && key.expires.map { $0 > now } ?? true
    }

    func adoptedKey(of lineage: Lineage, _ snapshot: Snapshot) -> Sandbox.Key? {
        snapshot.rows.keys.values.filter {
            $0.team == lineage.workspace.text && $0.mark?.secret == lineage.secret
                && isPublishedAsItIs($0)
        }.min { $0.hash < $1.hash }
    }

    func storedKey(of lineage: Lineage, _ snapshot: Snapshot) -> Sandbox.Key? {
        snapshot.store[lineage].flatMap { snapshot.rows.keys[$0.hash] }
    }
}
