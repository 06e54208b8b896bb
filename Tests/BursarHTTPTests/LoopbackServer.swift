import Glibc

/// A server on a raw socket that does what its script says, byte by byte: for what a well-behaved
/// server never does. One thread a connection.
final class LoopbackServer: Sendable {
    enum Step: Sendable {
        /// Reads one request, its body included, and reports it.
        case read
        case write(String)
        /// Writes a byte every 10 ms until the other side goes.
        case drip
        /// Reads until the other side goes.
        case hold
        /// Ends the connection with RST.
        case reset
    }

    struct Received: Sendable {
        /// From 0, in the order of connecting.
        let connection: Int
        let text: String
    }

    let port: UInt16
    /// What came, in order of arrival.
    let received: AsyncStream<Received>
    private let listener: Int32

    init(_ script: [Step]) throws {
        let (stream, reports) = AsyncStream.makeStream(of: Received.self)
        received = stream
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 512) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw Failure(call: "bind", number: errno) }
        port = UInt16(bigEndian: address.sin_port)
        startThread {
            var connection = 0
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else { return }
                let number = connection
                startThread { Self.play(script, on: socket, number, reports) }
                connection += 1
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    struct Failure: Error {
        let call: String
        let number: Int32
    }

    var url: String { "http://127.0.0.1:\(port)" }

    private static func play(
        _ script: [Step], on socket: Int32, _ number: Int,
        _ reports: AsyncStream<Received>.Continuation
    ) {
        defer { close(socket) }
        for step in script {
            switch step {
            case .read:
                guard let text = readRequest(socket) else { return }
                reports.yield(Received(connection: number, text: text))
            case .write(let text):
                guard write(text, to: socket) else { return }
            case .drip:
                while write("x", to: socket) {
                    var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                    if poll(&watched, 1, 10) != 0 { return }
                }
            case .hold:
                var byte: UInt8 = 0
                while recv(socket, &byte, 1, 0) > 0 {}
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
    }

    private static func write(_ text: String, to socket: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// `nil` where the other side goes first.
    private static func readRequest(_ socket: Int32) -> String? {
        var text: [UInt8] = []
        var wanted = Int.max
        while text.count < wanted {
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            text += chunk[..<count]
            let head = String(decoding: text, as: UTF8.self)
            guard wanted == Int.max, let end = head.firstRange(of: "\r\n\r\n") else { continue }
            let size = head[..<end.lowerBound].split(separator: "\r\n")
                .first { $0.lowercased().hasPrefix("content-length:") }
                .flatMap { Int($0.split(separator: " ")[1]) }
            wanted = head[..<end.upperBound].utf8.count + (size ?? 0)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body))
    let failure = pthread_create(
        &thread, nil,
        { context in
            if let context {
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
            }
            return nil
        }, work.toOpaque())
    precondition(failure == 0, "no thread for the test's server")
    pthread_detach(thread)
}
