import BursarCore
import Foundation
import TestSupport
import Testing

/// `docs/reference/plan.schema.json` takes every plan, and nothing else.
@Suite(.enabled(if: Tools.folder != nil)) struct PlanSchemaTests {
    private static let schema = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/reference/plan.schema.json").path

    @Test func `it is a schema`() throws {
        #expect(
            try Tools.run("check-jsonschema", ["--check-metaschema", Self.schema]).status == 0)
    }

    @Test func `it takes the plan of every golden`() throws {
        let folder = try TemporaryDirectory()
        for name in Scene.names {
            try folder.write(PlanJSON.text(try Scene.named(name).report), to: "\(name).json")
        }
        let files = Scene.names.map { "\(folder.path)/\($0).json" }
        #expect(try Tools.refused(files, by: Self.schema) == [])
    }

    /// Every member of a plan renamed, and every one left out that is not said to be optional.
    @Test func `it takes no other member, and misses every one that must be there`() throws {
        let folder = try TemporaryDirectory()
        let scenes = try ["drift", "money", "limits", "rotation"].map {
            try JSONSerialization.jsonObject(
                with: Data(PlanJSON.text(try Scene.named($0).report).utf8))
        }
        var broken: [String: Any] = [:]
        for (index, scene) in scenes.enumerated() {
            // Those of `checksums` are ids, so any name will do.
            for path in Self.members(of: scene) where path.count == 1 || path[0] != "checksums" {
                let name = "\(index)-" + path.map { "\($0)" }.joined(separator: "-")
                broken["renamed-\(name)"] = Self.renaming(path[...], in: scene)
            }
        }
        var files: [String] = []
        for (name, document) in broken {
            let data = try JSONSerialization.data(withJSONObject: document)
            try folder.write(String(decoding: data, as: UTF8.self), to: "\(name).json")
            files.append("\(folder.path)/\(name).json")
        }
        #expect(files.count > 60)
        let refused = try Tools.refused(files, by: Self.schema)
        #expect(Set(files).subtracting(refused) == [])
    }

    /// The paths of all members; of an array's elements those of the first.
    private static func members(of value: Any) -> [[String]] {
        if let array = value as? [Any], let first = array.first {
            return members(of: first).map { ["0"] + $0 }
        }
        guard let object = value as? [String: Any] else { return [] }
        return object.keys.sorted().flatMap { key in
            [[key]] + members(of: object[key] ?? 0).map { [key] + $0 }
        }
    }

    private static func renaming(_ path: ArraySlice<String>, in value: Any) -> Any {
        guard let key = path.first else { return value }
        if var array = value as? [Any], !array.isEmpty {
            array[0] = renaming(path.dropFirst(), in: array[0])
            return array
        }
        guard var object = value as? [String: Any], let member = object[key] else { return value }
        if path.count == 1 {
            object[key] = nil
            object[key + "X"] = member
        } else {
            object[key] = renaming(path.dropFirst(), in: member)
        }
        return object
    }
}
