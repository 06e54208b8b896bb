internal import BursarEngine
internal import CLibCurl
internal import Glibc

/// The thread that runs all transfers of one transport.
///
/// `@unchecked` because libcurl's handles are raw pointers: what callers touch stands behind
/// `lock`, or is `let`; everything under "the loop's thread" is touched by that thread alone, or by
/// `deinit`, which comes after it has ended. `curl_multi_wakeup` may be called from anywhere.
final class CurlLoop: @unchecked Sendable {
    private let configuration: CurlTransport.Configuration
    private let multi: UnsafeMutableRawPointer?
    private let lock = PthreadLock()

    // Behind `lock`.
    private var lastID: UInt64 = 0
    private var submissions: [Submission] = []
    private var cancellations: [UInt64] = []
    /// Set once and for good: what every later submission is answered.
    private var end: TransportError?

    // The loop's thread.
    private var transfers: [UInt64: CurlTransfer] = [:]
    private var idle: [UnsafeMutableRawPointer] = []

    private static let initialized = bursar_curl_global_init() == CURLE_OK

    init(_ configuration: CurlTransport.Configuration) {
        self.configuration = configuration
        multi = Self.initialized ? curl_multi_init() : nil
        guard let multi else {
            end = .cannotConnect("libcurl could not start")
            return
        }
        let connections = configuration.maxConnectionsPerHost
        bursar_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections)
        bursar_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        startThread()
    }

    deinit {
        idle.forEach(curl_easy_cleanup)
        if let multi {
            curl_multi_cleanup(multi)
        }
    }

    private func startThread() {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let failure = pthread_create(
            &thread, nil,
            { context in
                if let context {
                    Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            }, retained.toOpaque())
        guard failure == 0 else {
            retained.release()
            end = .cannotConnect("no thread for libcurl")
            return
        }
        pthread_detach(thread)
    }
}

// Any thread.
extension CurlLoop {
    func nextID() -> UInt64 {
        lock.locked {
            lastID += 1
            return lastID
        }
    }

    /// `Task.isCancelled` is read under the lock of the append: a cancellation either came before,
    /// and is seen here, or comes after, and finds the submission.
    func submit(_ submission: Submission) {
        let refusal: TransportError? = lock.locked {
            if let end { return end }
            if Task.isCancelled { return .cancelled }
            submissions.append(submission)
            wakeIfFirst()
            return nil
        }
        if let refusal {
            submission.continuation.resume(returning: .failure(refusal))
        }
    }

    func cancel(_ id: UInt64) {
        lock.locked {
            guard end == nil else { return }
            cancellations.append(id)
            wakeIfFirst()
        }
    }

    func stop() {
        lock.locked {
            guard end == nil else { return }
            end = .cancelled
            if let multi {
                curl_multi_wakeup(multi)
            }
        }
    }

    /// One wake is enough for everything the thread finds when it next looks.
    private func wakeIfFirst() {
        if submissions.count + cancellations.count == 1, let multi {
            curl_multi_wakeup(multi)
        }
    }
}

// The loop's thread.
extension CurlLoop {
    private struct Inbox {
        let submissions: [Submission]
        let cancellations: [UInt64]
        let end: TransportError?
    }

    private func run() {
        guard let multi else { return }
        // Signals are for other threads; and OpenSSL's plain `write` must not raise SIGPIPE, which
        // NOSIGNAL leaves to us.
        var every = sigset_t()
        sigfillset(&every)
        pthread_sigmask(SIG_BLOCK, &every, nil)
        while true {
            let inbox = takeInbox()
            if let end = inbox.end {
                inbox.submissions.forEach { $0.continuation.resume(returning: .failure(end)) }
                finishAll(end)
                return
            }
            inbox.submissions.forEach(start)
            for id in inbox.cancellations {
                if let transfer = transfers[id] {
                    finish(transfer, .failure(.cancelled))
                }
            }
            step(multi)
        }
    }

    private func takeInbox() -> Inbox {
        lock.locked {
            defer {
                submissions.removeAll(keepingCapacity: true)
                cancellations.removeAll(keepingCapacity: true)
            }
            return Inbox(submissions: submissions, cancellations: cancellations, end: end)
        }
    }

    /// Moves every transfer on, ends those that are done, then waits for a socket, a timer of
    /// libcurl's or a wake.
    private func step(_ multi: UnsafeMutableRawPointer) {
        var running: Int32 = 0
        var left: Int32 = 0
        var code = curl_multi_perform(multi, &running)
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let code = bursar_curl_message_result(message)
            if let transfer = CurlTransfer.of(message.pointee.easy_handle) {
                finish(transfer, transfer.result(code, configuration))
            }
        }
        if code == CURLM_OK {
            code = curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        if code != CURLM_OK {
            finishAll(.interrupted(String(cString: curl_multi_strerror(code))))
        }
    }

    private func start(_ submission: Submission) {
        guard let multi, let easy = idle.popLast() ?? curl_easy_init() else {
            let error = TransportError.cannotConnect("libcurl has no memory for a transfer")
            return submission.continuation.resume(returning: .failure(error))
        }
        let transfer = CurlTransfer(submission, easy, limit: configuration.maxBodyBytes)
        transfers[submission.id] = transfer
        do throws(TransportError) {
            try transfer.prepare(configuration)
        } catch {
            return finish(transfer, .failure(error))
        }
        if curl_multi_add_handle(multi, easy) != CURLM_OK {
            finish(transfer, .failure(.cannotConnect("libcurl refused a transfer")))
        }
    }

    private func finish(
        _ transfer: CurlTransfer, _ result: Result<HTTPResponse, TransportError>
    ) {
        transfers[transfer.id] = nil
        // Closes the connection if the transfer is under way; harmless if it was never added.
        if let multi {
            curl_multi_remove_handle(multi, transfer.easy)
        }
        curl_easy_reset(transfer.easy)
        if idle.count < configuration.maxConnectionsPerHost {
            idle.append(transfer.easy)
        } else {
            curl_easy_cleanup(transfer.easy)
        }
        transfer.continuation.resume(returning: result)
    }

    private func finishAll(_ error: TransportError) {
        transfers.values.forEach { finish($0, .failure(error)) }
    }
}
