import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// All data loggers of a fleet, on one event loop.
final class DataloggerServer: DeviceService {
    /// A data logger and its channels.
    private final class Station: Sendable {
        let logger: Datalogger
        let configuration: DataloggerConfiguration
        let tally: DeviceTally
        private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

        init(_ logger: Datalogger, _ configuration: DataloggerConfiguration, _ tally: DeviceTally) {
            self.logger = logger
            self.configuration = configuration
            self.tally = tally
        }

        var connections: [any Channel] { channels.withLock { Array($0.values) } }

        /// Takes a connection unless there are too many.
        func admit(_ channel: any Channel) -> Bool {
            let isAdmitted = channels.withLock { channels in
                guard channels.count < configuration.connectionLimit else { return false }
                channels[ObjectIdentifier(channel)] = channel
                return true
            }
            tally.count {
                if isAdmitted {
                    $0.connections += 1
                    $0.open += 1
                } else {
                    $0.refusals += 1
                }
            }
            return isAdmitted
        }

        func forget(_ channel: any Channel) {
            let wasKnown = channels.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) != nil }
            if wasKnown { tally.count { $0.open -= 1 } }
        }
    }

    private struct Entry {
        let station: Station
        let listener: any Channel
    }

    private let clock: PlantClock
    private let inverters: InverterRegistry
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let entries = Mutex<[DeviceIdentity: Entry]>([:])

    init(clock: PlantClock, inverters: InverterRegistry) {
        self.clock = clock
        self.inverters = inverters
    }

    deinit {
        // Closes what is open; nothing to do after a stop.
        group.shutdownGracefully { _ in }
    }

    func add(
        _ configuration: DeviceConfiguration, as identity: DeviceIdentity, listener: Int32, tally: DeviceTally
    ) async throws(DeviceFault) {
        let station: Station
        do {
            station = try self.station(configuration, identity, listener, tally)
        } catch {
            close(listener)
            throw error
        }
        makeNonBlocking(listener)
        do {
            let channel = try await bootstrap(station).withBoundSocket(listener).get()
            entries.withLock { $0[identity] = Entry(station: station, listener: channel) }
        } catch {
            throw DeviceFault(.system, "\(identity): \(error)")
        }
    }

    func remove(_ identity: DeviceIdentity) async {
        guard let entry = entries.withLock({ $0.removeValue(forKey: identity) }) else { return }
        try? await entry.listener.close()
        for channel in entry.station.connections { try? await Self.reset(channel).get() }
    }

    func isServing(_ identity: DeviceIdentity) async -> Bool {
        guard let listener = entries.withLock({ $0[identity]?.listener }) else { return false }
        return (try? await listener.eventLoop.submit { listener.isActive }.get()) ?? false
    }

    func stop() async {
        for identity in entries.withLock({ Array($0.keys) }) { await remove(identity) }
        // Fails only when the group was shut down before.
        try? await group.shutdownGracefully()
    }

    private func station(
        _ configuration: DeviceConfiguration, _ identity: DeviceIdentity, _ listener: Int32, _ tally: DeviceTally
    ) throws(DeviceFault) -> Station {
        guard case .datalogger(let datalogger) = configuration else {
            throw DeviceFault(.configuration, "\(identity) is no data logger")
        }
        try identity.check()
        guard datalogger.connectionLimit > 0, datalogger.idleLimitSeconds > 0 else {
            throw DeviceFault(.configuration, "limits are greater than zero")
        }
        guard datalogger.inverters.allSatisfy({ (1...10_000_000).contains($0.ratedPowerWatts) }) else {
            throw DeviceFault(.configuration, "a rated power is between 1 W and 10 MW")
        }
        guard isListening(listener) else { throw DeviceFault(.system, "\(identity): not a listening socket") }
        let logger = Datalogger(datalogger, identity: identity, registry: inverters, clock: clock)
        return Station(logger, datalogger, tally)
    }

    private func bootstrap(_ station: Station) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                guard station.admit(channel) else { return Self.reset(channel) }
                channel.closeFuture.whenComplete { _ in station.forget(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        IdleStateHandler(readTimeout: .seconds(Int64(station.configuration.idleLimitSeconds))))
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
                    try pipeline.addHandler(DataloggerHandler(station.logger, station.tally))
                }
            }
    }

    /// Closes a connection so that the peer gets a reset.
    private static func reset(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else { return channel.close() }
        return options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).flatMap { channel.close() }
    }
}
