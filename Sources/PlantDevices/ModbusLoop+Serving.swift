import CLinux
import DeviceModel
import Glibc

/// Requests and answers.
extension ModbusLoop {
    /// How long the second half of a split answer comes after the first.
    private static let splitSeconds = 0.05

    func serve(_ connection: ModbusConnection, _ event: clinux_event) {
        if event.isBroken { return end(connection, inOrder: false) }
        if event.isWritable, !connection.flush() { return end(connection, inOrder: false) }
        if event.isReadable {
            let held = connection.input.count
            let room = ModbusConnection.inputLimitBytes - held
            if room > 0 {
                let count = recv(connection.descriptor, scratch.baseAddress.map { $0 + held }, room, 0)
                if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR {
                    return end(connection, inOrder: count == 0)
                }
                return work(on: connection, fresh: max(0, count))
            }
        }
        work(on: connection, fresh: 0)
    }

    /// Answers what has come, as far as the client takes the answers.
    ///
    /// - Parameter fresh: how many bytes lie in `scratch` behind the place of what the connection holds.
    func work(on connection: ModbusConnection, fresh: Int) {
        let held = connection.input.count
        if held > 0 { _ = scratch.update(fromContentsOf: connection.input) }
        let now = monotonicSeconds()
        // A ghost is read from and never answered.
        var start = connection.isGhost ? held + fresh : 0
        let whole = UnsafeBufferPointer(rebasing: scratch[..<(held + fresh)])
        reading: while start < whole.count, connection.hasRoom {
            let rest = UnsafeBufferPointer(rebasing: whole[start...])
            switch ModbusFrame.cut(rest) {
            case .incomplete: break reading
            case .broken:
                connection.answerer.plan.record.tally.count { $0.refusals += 1 }
                return end(connection, inOrder: true)
            case .whole(let count):
                connection.noteRequest(at: now)
                guard answer(UnsafeBufferPointer(rebasing: rest[..<count]), of: connection, at: now) else {
                    return end(connection, inOrder: true)
                }
                start += count
            }
        }
        connection.keep(UnsafeBufferPointer(rebasing: whole[start...]), at: now)
        if connection.interestChanged() {
            poller.change(
                connection.descriptor, readable: connection.wantsToRead, writable: connection.wantsToWrite)
        }
    }

    /// False when the connection cannot go on.
    private func answer(_ frame: UnsafeBufferPointer<UInt8>, of connection: ModbusConnection, at now: Double) -> Bool {
        let device = connection.answerer
        let outcome = responder.answer(frame, from: device)
        device.plan.record.tally.count {
            $0.requests += 1
            if outcome.isRefused { $0.refusals += 1 }
            if outcome.isWrite { $0.writes += 1 }
        }
        switch outcome.answer {
        case .none: return false
        case .silence: return true
        case .bytes(let bytes):
            let latency = device.plan.configuration.vendor.latency
            let delay = device.fault.delay ?? Pause()
            guard latency.isNothing, delay.isNothing, device.fault.frames == nil else {
                let seconds = latency.at(chance.next()) + delay.at(chance.next())
                post(bytes, over: connection, due: now + seconds, device.fault.frames)
                return true
            }
            return connection.send(bytes)
        }
    }

    /// Keeps an answer until its moment.
    private func post(
        _ bytes: UnsafeBufferPointer<UInt8>, over connection: ModbusConnection, due: Double,
        _ frames: DeviceFault.Frames?
    ) {
        switch frames {
        case nil: connection.pieces.append(.init(due: due, bytes: Array(bytes)))
        case .truncated: connection.pieces.append(.init(due: due, bytes: Array(bytes.dropLast(2))))
        case .split:
            let half = min(5, bytes.count)
            connection.pieces.append(.init(due: due, bytes: Array(bytes[..<half])))
            connection.pieces.append(.init(due: due + Self.splitSeconds, bytes: Array(bytes[half...])))
        }
        wait(for: connection, until: due)
    }

    private func wait(for connection: ModbusConnection, until due: Double) {
        var low = 0
        var high = waiting.count
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].due <= due { low = middle + 1 } else { high = middle }
        }
        waiting.insert((due, connection), at: low)
    }

    /// Sends the answers whose moment has come.
    func sendWhatIsDue() {
        guard let first = waiting.first else { return }
        let now = monotonicSeconds()
        guard first.due <= now else { return }
        let count = waiting.firstIndex { $0.due > now } ?? waiting.count
        let due = waiting.prefix(count)
        waiting.removeFirst(count)
        for (_, connection) in due where !connection.isEnded && !connection.pieces.isEmpty {
            let piece = connection.pieces.removeFirst()
            guard piece.bytes.withUnsafeBufferPointer({ connection.send($0) }) else {
                end(connection, inOrder: false)
                continue
            }
            if let next = connection.pieces.first {
                wait(for: connection, until: next.due)
            } else {
                work(on: connection, fresh: 0)
            }
        }
    }
}
