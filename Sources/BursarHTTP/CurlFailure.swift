internal import BursarEngine
internal import CLibCurl

extension CurlTransfer {
    /// libcurl's code as a case of ours, with its own sentence where that names hosts,
    /// certificates and counts alone; else with the general one for the code.
    func failure(
        _ code: CURLcode, _ configuration: CurlTransport.Configuration
    ) -> TransportError {
        if overflowed { return .bodyTooLarge(limit: configuration.maxBodyBytes) }
        let general = String(cString: curl_easy_strerror(code))
        let own = String(cString: errorText)
        let text = own.isEmpty ? general : own
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
            CURLE_PROXY:
            return .cannotConnect(text)
        case CURLE_SSL_CONNECT_ERROR:
            // A connection that broke during the handshake is no verdict on the certificate.
            let broke = text.contains("SSL_ERROR_SYSCALL") || text.contains("reset by peer")
            return broke ? .cannotConnect(text) : .tls(text)
        case CURLE_SSL_CACERT_BADFILE:
            return .authorities(text)
        case CURLE_PEER_FAILED_VERIFICATION where isOfUnknownAuthority:
            return .untrusted(text)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED:
            return .tls(text)
        case CURLE_OPERATION_TIMEDOUT:
            return .timedOut(milliseconds: timeoutThatHeld(configuration))
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
            return .interrupted(text)
        case CURLE_FILESIZE_EXCEEDED:
            return .bodyTooLarge(limit: configuration.maxBodyBytes)
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT:
            return .invalidRequest(general)
        case CURLE_UNSUPPORTED_PROTOCOL:
            // `prepare` has seen to the scheme: what is left is an answer in another protocol.
            return .interrupted("the answer is not HTTP")
        default:
            // A reply that is not HTTP, a broken encoding, a fault inside HTTP/2, no memory.
            return .interrupted(general)
        }
    }

    /// libcurl has one code for every fault of a certificate, and OpenSSL's number tells them apart:
    /// X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, _DEPTH_ZERO_SELF_SIGNED_CERT,
    /// _SELF_SIGNED_CERT_IN_CHAIN, _UNABLE_TO_GET_ISSUER_CERT_LOCALLY and
    /// _UNABLE_TO_VERIFY_LEAF_SIGNATURE. With another TLS library it is 0.
    private var isOfUnknownAuthority: Bool {
        var result = 0
        bursar_curl_get_long(easy, CURLINFO_SSL_VERIFYRESULT, &result)
        return [2, 18, 19, 20, 21].contains(result)
    }

    /// libcurl has one code for both limits. It restarts the clock it shows when a request leaves
    /// the queue for a connection, and the total does not restart.
    private func timeoutThatHeld(_ configuration: CurlTransport.Configuration) -> Int {
        let total = timeoutMilliseconds(configuration)
        let connect = configuration.connectTimeoutMilliseconds
        var connected: curl_off_t = 0
        var elapsed: curl_off_t = 0
        bursar_curl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &connected)
        bursar_curl_get_offset(easy, CURLINFO_TOTAL_TIME_T, &elapsed)
        return connected == 0 && connect < total && elapsed / 1_000 + 1 >= connect
            ? connect : total
    }
}
