import BursarCore
import BursarManifest
import Glibc

/// What must hold of every source. What does not is a finding, thrown with its words.
struct Examination {
    struct Finding: Error { let text: String }

    struct Result {
        let workspaces: Int
        let diagnostics: Int
        /// Bytes of memory for each byte of the source, where it was measured.
        let ratio: Int
    }

    private let files: SourceFiles

    init(of files: SourceFiles) { self.files = files }

    func run() throws(Finding) -> Result {
        let size = files.size
        let isLarge = size >= 16_384
        let before = isLarge ? Memory.settle() : 0
        let start = Clock.now()
        let loaded = files.load()
        let taken = Clock.now() - start
        let grown = isLarge ? max(0, Memory.peak() - before) : 0
        if grown > Self.constant + 64 * size {
            throw Finding(text: "\(grown) bytes of memory for \(size)")
        }
        if taken > .seconds(1) + .microseconds(Self.microsecondsPerByte * size) {
            throw Finding(text: "\(taken) for \(size) bytes")
        }
        try check(loaded)
        return Result(
            workspaces: loaded.desired.workspaces.count, diagnostics: loaded.diagnostics.count,
            ratio: grown / max(1, size))
    }

    /// The standard library's own tables, libyaml's buffers.
    private static let constant = 8 << 20
    /// In a debug build, on a machine that others use too.
    private static let microsecondsPerByte = 40

    private func check(_ loaded: Loaded) throws(Finding) {
        let hasErrors = loaded.diagnostics.contains { $0.severity == .error }
        if loaded.desired.isWhole != (!hasErrors && files.unreadable.isEmpty) {
            throw Finding(text: "whole and in error")
        }
        let workspaces = loaded.desired.workspaces
        if Set(workspaces.map(\.id)).count != workspaces.count
            || Set(workspaces.map(\.name)).count != workspaces.count
        {
            throw Finding(text: "an id or a name twice")
        }
        for color in [true, false] {
            let text = render(loaded.diagnostics, color: color)
            if text.isEmpty != loaded.diagnostics.isEmpty { throw Finding(text: "nothing is said") }
            if text.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" && $0 != "\u{1B}" }
            ) {
                throw Finding(text: "a control character is printed")
            }
            if Self.showsSecret(text) { throw Finding(text: "a secret is printed:\n\(text)") }
        }
        guard files.size < 16_384, let name = workspaces.first?.name else { return }
        try checkRendering(name, workspaces)
    }

    /// `sk-` and four more at the start of a word.
    private static func showsSecret(_ text: String) -> Bool {
        text.split(separator: "sk-abcd", omittingEmptySubsequences: false).dropLast().contains {
            !($0.last?.isASCII ?? false)
                || !($0.last?.isLetter ?? false || $0.last?.isNumber ?? false)
        }
    }

    /// A workspace that is written out in full is the same one.
    private func checkRendering(
        _ name: String, _ workspaces: [DesiredWorkspace]
    ) throws(Finding) {
        for manifest in files.reader().effective(name).manifests {
            let bytes = Array(manifest.yaml(color: false).utf8)
            let again = loadManifests(
                configuration: nil, manifests: [ManifestFile(path: "r.yaml", bytes: bytes)])
            guard var own = again.desired.workspaces.first,
                var original = workspaces.first(where: { $0.id == own.id })
            else {
                throw Finding(
                    text: "rendered, it is no workspace: \(String(decoding: bytes, as: UTF8.self))")
            }
            (own.places, original.places) = (Places(), Places())
            if own != original { throw Finding(text: "rendered, it is another workspace") }
            _ = manifest.json()
        }
    }
}

/// What was seen.
struct Tally: CustomStringConvertible {
    private var sources = 0
    private var bytes = 0
    private var workspaces = 0
    private var diagnostics = 0
    private var ratio = 0

    mutating func add(_ result: Examination.Result, of files: SourceFiles) {
        sources += 1
        bytes += files.size
        workspaces += result.workspaces
        diagnostics += result.diagnostics
        ratio = max(ratio, result.ratio)
    }

    var description: String {
        "\(sources) sources, \(bytes >> 20) MiB, \(workspaces) workspaces, \(diagnostics) diagnostics, "
            + "at most \(ratio) bytes of memory a byte"
    }
}

/// Glibc's module leaves <malloc.h> out.
@_silgen_name("malloc_trim") private func malloc_trim(_ padding: Int) -> Int32

/// Of this process, by Linux.
enum Memory {
    /// Gives back what is free and starts the peak anew; what is held then.
    static func settle() -> Int {
        _ = malloc_trim(0)
        let file = open("/proc/self/clear_refs", O_WRONLY)
        if file >= 0 {
            _ = write(file, "5", 1)
            close(file)
        }
        return peak()
    }

    static func peak() -> Int { field("VmHWM:") << 10 }

    private static func field(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(name) else { continue }
            return Int(text.split(whereSeparator: \.isWhitespace)[1]) ?? 0
        }
        return 0
    }
}

enum Clock {
    static func now() -> ContinuousClock.Instant { ContinuousClock.now }
}
