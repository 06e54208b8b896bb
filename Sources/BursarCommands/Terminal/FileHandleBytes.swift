internal import ArgumentParser
internal import Glibc

enum FileHandleBytes {
    /// Everything up to its end, at most 64 MiB.
    static func standardInput() throws -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ValidationError("standard input cannot be read") }
            if count == 0 { return all }
            all += buffer[..<count]
            guard all.count <= 64 << 20 else {
                throw ValidationError("standard input is over 64 MiB")
            }
        }
    }
}
