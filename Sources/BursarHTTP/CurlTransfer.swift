internal import BursarCore
internal import BursarEngine
internal import CLibCurl

/// One request and the answer as it comes in. Lives on the loop's thread.
final class CurlTransfer {
    let id: UInt64
    let continuation: CheckedContinuation<Result<HTTPResponse, TransportError>, Never>
    let easy: UnsafeMutableRawPointer
    private let request: HTTPRequest
    private let limit: Int
    /// libcurl writes its sentence here: it names hosts, ports and certificates, never a query.
    let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?

    private(set) var overflowed = false
    private var headers: [String: String] = [:]
    private var body: [UInt8] = []

    init(_ submission: Submission, _ easy: UnsafeMutableRawPointer, limit: Int) {
        id = submission.id
        continuation = submission.continuation
        request = submission.request
        self.easy = easy
        self.limit = limit
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    // The easy handle is reset before the transfer is let go, so nothing points here any more.
    deinit {
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// The transfer `prepare` tied to a handle.
    static func of(_ easy: UnsafeMutableRawPointer?) -> CurlTransfer? {
        var pointer: UnsafeMutableRawPointer?
        bursar_curl_get_pointer(easy, CURLINFO_PRIVATE, &pointer)
        return pointer.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    func timeoutMilliseconds(_ configuration: CurlTransport.Configuration) -> Int {
        // To libcurl 0 is no limit at all.
        max(1, request.timeoutMilliseconds ?? configuration.timeoutMilliseconds)
    }

    func result(
        _ code: CURLcode, _ configuration: CurlTransport.Configuration
    ) -> Result<HTTPResponse, TransportError> {
        guard code == CURLE_OK else { return .failure(failure(code, configuration)) }
        var status = 0
        bursar_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return .success(HTTPResponse(status: status, headers: headers, body: body))
    }
}

// The request.
extension CurlTransfer {
    func prepare(_ configuration: CurlTransport.Configuration) throws(TransportError) {
        let url = request.url
        // Without a scheme libcurl guesses http, and a token would go in the clear.
        guard ["http://", "https://"].contains(where: url.lowercased().hasPrefix) else {
            throw .invalidRequest("the URL does not begin with http:// or https://")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw .invalidRequest("the URL holds a space or a control character")
        }
        set(CURLOPT_URL, url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, configuration.connectTimeoutMilliseconds))
        set(CURLOPT_TIMEOUT_MS, timeoutMilliseconds(configuration))
        // Refuses by Content-Length before the first byte; `receive` refuses the rest.
        bursar_curl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limit))
        if let caFile = configuration.caFile {
            set(CURLOPT_CAINFO, caFile)
            // Else a directory that libcurl was built with would be trusted as well.
            bursar_curl_set_string(easy, CURLOPT_CAPATH, nil)
        }
        setBody()
        try setHeaders()
        setCallbacks()
    }

    private func set(_ option: CURLoption, _ value: Int) {
        bursar_curl_set_long(easy, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) {
        bursar_curl_set_string(easy, option, value)
    }

    private func setBody() {
        let method = request.method
        if let body = request.body ?? (method == .post ? [] : nil) {
            // The size first: COPYPOSTFIELDS reads it, and copies that much. One byte more, since
            // a null pointer would mean "ask the read callback".
            bursar_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            (body + [0]).withUnsafeBytes {
                _ = bursar_curl_set_pointer(
                    easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
            set(CURLOPT_POST, 1)
        }
        if method != .post {
            set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        }
    }

    private func setHeaders() throws(TransportError) {
        // Empty: no waiting for "100 Continue", and no form type that libcurl adds to a POST.
        append("Expect:")
        append("User-Agent: bursar")
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            append(request.body == nil ? "Content-Type:" : "Content-Type: application/json")
        }
        for header in request.headers {
            let isToken = header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x3a }
            guard isToken, !header.name.isEmpty else {
                throw .invalidRequest("a header's name is not one")
            }
            try header.value.withExposed { value throws(TransportError) in
                guard value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || $0 == 9 }) else {
                    throw .invalidRequest(
                        "the value of the header \(header.name) holds a control character")
                }
                // libcurl takes `Name:` for "leave it out", and `Name;` for an empty value.
                append(value.isEmpty ? "\(header.name);" : "\(header.name): \(value)")
            }
        }
        bursar_curl_set_list(easy, CURLOPT_HTTPHEADER, headerList)
    }

    private func append(_ line: String) {
        headerList = curl_slist_append(headerList, line) ?? headerList
    }
}

// The answer.
extension CurlTransfer {
    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        bursar_curl_set_pointer(easy, CURLOPT_PRIVATE, context)
        bursar_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        bursar_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        bursar_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        bursar_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            CurlTransfer.call(context, bytes, size * count) { $0.receive($1) }
        }
        bursar_curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            CurlTransfer.call(context, bytes, size * count) { $0.receiveHeader($1) }
        }
    }

    /// Gives back what libcurl wants: the count taken, or 0 to break off.
    private static func call(
        _ context: UnsafeMutableRawPointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int,
        _ body: (CurlTransfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        let taken = body(transfer, UnsafeRawBufferPointer(start: bytes, count: count))
        return taken ? count : 0
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= limit else {
            overflowed = true
            return false
        }
        if body.isEmpty {
            body.reserveCapacity(max(bytes.count, announcedLength))
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// In bytes on the wire, no more than is worth room before it comes; 0 where the answer does not
    /// say.
    private var announcedLength: Int {
        var length: curl_off_t = 0
        bursar_curl_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
        return min(max(0, Int(length)), min(limit, 1 << 20))
    }

    private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.starts(with: "HTTP/".utf8) {
            // The head of a new answer: that of a 100 came before.
            headers.removeAll()
            return true
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        let isBlank = { (byte: UInt8) in byte == 32 || (9...13).contains(byte) }
        var value = bytes[(colon + 1)...].drop(while: isBlank)
        while let last = value.last, isBlank(last) {
            value.removeLast()
        }
        headers[name] = String(decoding: value, as: UTF8.self)
        return true
    }
}
