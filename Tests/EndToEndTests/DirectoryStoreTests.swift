import Foundation
import TestSupport
import Testing

/// The directory store's place and rights, by the built binary.
@Suite(.timeLimit(.minutes(5))) struct `A directory of secrets` {
    private static func configure(_ site: SecretSite, _ directory: String) throws {
        try site.configure(store: "{directory: {\(directory)}}", allow: [])
    }

    @Test func `where nothing can be published nothing is minted`() async throws {
        try await SecretSite.open(.sandbox) { site in
            try site.declare([])
            for (directory, reason) in [
                ("path: \(site.place.path)/a/b, group: no-such-group", "there is no group no-such"),
                ("path: /dev/null/secrets", "/dev/null/secrets: Not a directory"),
            ] {
                try Self.configure(site, directory)
                let applied = try await site.bursar("apply", "--yes")
                let doctor = try await site.bursar("doctor")
                for result in [applied, doctor] {
                    #expect(result.status == 1)
                    #expect(result.all.contains(reason), "\(result.all)")
                }
            }
            #expect(
                try await site.proxy.call("GET", "/team/info?team_id=\(site.id)")["team_id"] == nil)
        }
    }

    @Test func `what is missing above it is made, and rights that came later are warned of`()
        async throws
    {
        try await SecretSite.open(.sandbox) { site in
            try site.declare([])
            try Self.configure(site, "path: \(site.place.path)/var/lib/secrets")
            let applied = try await site.bursar("apply", "--yes")
            #expect(applied.status == 0, "\(applied.all)")
            try Self.configure(site, "path: \(site.place.path)/var/lib/secrets, mode: \"0640\"")
            let doctor = try await site.bursar("doctor", "--store")
            #expect(doctor.status == 0, "\(doctor.all)")
            #expect(
                doctor.output.contains("/var/lib/secrets and 3 more have another group or mode"),
                "\(doctor.all)")
            let left = try FileManager.default.contentsOfDirectory(
                atPath: "\(site.place.path)/var/lib/secrets")
            #expect(left == [site.id])
        }
    }
}
