internal import FoundationEssentials

/// Tells whoever waits that a server takes requests.
enum ReadyFile {
    static func write(_ url: String, to file: String) {
        // Renamed into place, so that whoever waits for it never reads half a URL.
        let made = FileManager.default.createFile(
            atPath: file + ".new", contents: Data((url + "\n").utf8))
        guard made, (try? FileManager.default.moveItem(atPath: file + ".new", toPath: file)) != nil
        else {
            Terminal.error("--ready-file \(file) cannot be written")
            return
        }
    }
}
