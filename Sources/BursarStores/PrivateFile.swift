package import BursarCore
package import BursarEngine
internal import Glibc

/// Writes a file of mode 0600 whole or not at all, and durable.
///
/// - Parameter replacing: `false`: a file that is there is left alone, and it throws.
package func writePrivateFile(
    _ text: SecretValue, to path: String, replacing: Bool
) throws(SecretStoreError) {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    guard !name.isEmpty else { throw .refused("\(path) names no file") }
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure.error(folder) }
    let directory = SecretDirectory(
        descriptor, folder, ownership: Ownership(group: nil, mode: 0o600), exclusive: true)
    if !replacing, try directory.read(name) != nil {
        throw .refused("\(path) exists already; it is left as it is")
    }
    try directory.write(text.withExposed { Array($0.utf8) }, as: name)
}
