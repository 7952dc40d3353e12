import Glibc

/// Modbus/TCP over any number of connections, one request outstanding on each.
enum ModbusLoad {
    /// Answers every read of holding registers until it is killed.
    static func serve(address: String, port: Int) throws {
        let listener = try Sockets.open()
        guard try Sockets.use(listener, address, port, bind) == 0, listen(listener, 1024) == 0 else {
            throw WorkloadFault(description: "cannot listen at \(address):\(port): errno \(errno)")
        }
        print("ready")
        fflush(nil)
        var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        var room = [UInt8](repeating: 0, count: 2048)
        while poll(&watched, nfds_t(watched.count), -1) >= 0 {
            for index in watched.indices.dropFirst() where watched[index].revents != 0 {
                let count = recv(watched[index].fd, &room, room.count, 0)
                if count <= 0 {
                    close(watched[index].fd)
                    watched[index].fd = -1
                    continue
                }
                let registers = Int(room[10]) << 8 | Int(room[11])
                guard count == 12, (1...125).contains(registers) else { continue }
                var answer = [UInt8](repeating: 0, count: 9 + 2 * registers)
                answer.replaceSubrange(0..<8, with: room[0..<8])
                answer[4] = UInt8((3 + 2 * registers) >> 8)
                answer[5] = UInt8((3 + 2 * registers) & 0xFF)
                answer[8] = UInt8(2 * registers)
                _ = send(watched[index].fd, answer, answer.count, Int32(MSG_NOSIGNAL))
            }
            if watched[0].revents != 0 {
                let accepted = accept(listener, nil, nil)
                if accepted >= 0 {
                    var on: Int32 = 1
                    setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
                    watched.append(pollfd(fd: accepted, events: Int16(POLLIN), revents: 0))
                }
            }
            watched.removeAll { $0.fd < 0 }
        }
    }

    /// - Returns: requests per second, median round trip in microseconds, errors.
    static func run(address: String, port: Int, connections: Int, registers: Int, seconds: Int) throws -> String {
        var watched: [pollfd] = []
        for _ in 0..<connections {
            let descriptor = try Sockets.open()
            _ = try Sockets.use(descriptor, address, port, connect)
            watched.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
        }
        var ready = 0
        let patience = Sockets.now + 10
        while ready < connections, Sockets.now < patience {
            var waiting = watched.filter { $0.events == Int16(POLLOUT) }
            poll(&waiting, nfds_t(waiting.count), 1000)
            for done in waiting where done.revents & Int16(POLLOUT) != 0 {
                guard let index = watched.firstIndex(where: { $0.fd == done.fd }) else { continue }
                watched[index].events = Int16(POLLIN)
                ready += 1
            }
        }
        guard ready == connections else { throw WorkloadFault(description: "\(connections - ready) do not connect") }
        let request: [UInt8] = [0, 1, 0, 0, 0, 6, 1, 3, 0x9C, 0x40, UInt8(registers >> 8), UInt8(registers & 0xFF)]
        let length = 9 + 2 * registers
        var sentAt = [Double](repeating: 0, count: connections)
        var received = [Int](repeating: 0, count: connections)
        var times: [Double] = []
        times.reserveCapacity(1 << 20)
        var errors = 0
        var room = [UInt8](repeating: 0, count: 2048)
        func ask(_ index: Int) {
            sentAt[index] = Sockets.now
            if send(watched[index].fd, request, request.count, Int32(MSG_NOSIGNAL)) != request.count {
                errors += 1
            }
        }
        for index in watched.indices { ask(index) }
        let start = Sockets.now
        let end = start + Double(seconds)
        while Sockets.now < end {
            guard poll(&watched, nfds_t(watched.count), 100) > 0 else { continue }
            for index in watched.indices where watched[index].revents != 0 {
                let count = recv(watched[index].fd, &room, room.count, 0)
                guard count > 0 else {
                    errors += 1
                    watched[index].fd = -1
                    continue
                }
                received[index] += count
                guard received[index] >= length else { continue }
                received[index] = 0
                times.append(Sockets.now - sentAt[index])
                ask(index)
            }
        }
        let elapsed = Sockets.now - start
        times.sort()
        let median = times.isEmpty ? 0 : times[times.count / 2] * 1e6
        return "\(Int(Double(times.count) / elapsed)) \(Int(median)) \(errors)"
    }
}
