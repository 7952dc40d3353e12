import DeviceModel
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// All data loggers of a fleet, on one event loop.
final class DataloggerServer: DeviceService {
    private struct Entry {
        let station: DataloggerStation
        /// nil while the device refuses connections.
        var listener: (any Channel)?
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
        _ configuration: DeviceConfiguration, for record: DeviceRecord, listener: Int32
    ) async throws(DeviceProblem) {
        let station: DataloggerStation
        do {
            station = try self.station(configuration, record, listener)
        } catch {
            close(listener)
            throw error
        }
        makeNonBlocking(listener)
        let channel = try await open(station)
        entries.withLock { $0[record.identity] = Entry(station: station, listener: channel) }
    }

    func remove(_ identity: DeviceIdentity) async {
        guard let entry = entries.withLock({ $0.removeValue(forKey: identity) }) else { return }
        try? await entry.listener?.close()
        await entry.station.endConnections()
    }

    func isServing(_ identity: DeviceIdentity) async -> Bool {
        guard let entry = entries.withLock({ $0[identity] }) else { return false }
        // A device that refuses on purpose has no channel and is well.
        guard let listener = entry.listener else { return true }
        return (try? await listener.eventLoop.submit { listener.isActive }.get()) ?? false
    }

    func obeyFaults(_ identity: DeviceIdentity) async {
        guard let entry = entries.withLock({ $0[identity] }) else { return }
        let station = entry.station
        let (old, new) = (station.reach, SocketReach(station.record.faults.current, lan: station.record.lan))
        guard old != new else { return }
        station.setReach(new)
        if old == .refusing {
            SocketReach.listenAgain(station.listener)
            station.lendListener()
            let channel = try? await open(station)
            entries.withLock { $0[identity]?.listener = channel }
        }
        new.filter(station.listener)
        switch new {
        case .open: break
        case .refusing:
            // Our own descriptor keeps the socket bound while NIO's is closed.
            station.keepListener()
            try? await entry.listener?.close()
            entries.withLock { $0[identity]?.listener = nil }
            SocketReach.stopListening(station.listener)
            await station.endConnections()
        case .silent, .only: await station.abandonConnections()
        }
    }

    func stop() async {
        for identity in entries.withLock({ Array($0.keys) }) { await remove(identity) }
        // Fails only when the group was shut down before.
        try? await group.shutdownGracefully()
    }

    /// Listens; the descriptor is NIO's from here on.
    private func open(_ station: DataloggerStation) async throws(DeviceProblem) -> any Channel {
        do {
            return try await bootstrap(station).withBoundSocket(station.listener).get()
        } catch {
            throw DeviceProblem(.system, "\(station.record.identity): \(error)")
        }
    }

    private func station(
        _ configuration: DeviceConfiguration, _ record: DeviceRecord, _ listener: Int32
    ) throws(DeviceProblem) -> DataloggerStation {
        let identity = record.identity
        guard case .datalogger(let datalogger) = configuration else {
            throw DeviceProblem(.configuration, "\(identity) is no data logger")
        }
        try identity.check()
        guard datalogger.connectionLimit > 0, datalogger.idleLimitSeconds > 0 else {
            throw DeviceProblem(.configuration, "limits are greater than zero")
        }
        guard datalogger.inverters.allSatisfy({ (1...10_000_000).contains($0.ratedPowerWatts) }) else {
            throw DeviceProblem(.configuration, "a rated power is between 1 W and 10 MW")
        }
        guard isListening(listener) else { throw DeviceProblem(.system, "\(identity): not a listening socket") }
        let logger = Datalogger(
            datalogger, identity: identity, registry: inverters, clock: clock, faults: record.faults)
        let security = datalogger.isEncrypted ? try SelfSignedCertificate(for: identity).context() : nil
        return DataloggerStation(logger, datalogger, record, listener: listener, security: security)
    }

    private func bootstrap(_ station: DataloggerStation) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [weak self] channel in
                guard let self, let answerer = answerer(at: station) else { return DataloggerStation.reset(channel) }
                let admission = station.admit(channel, answeredBy: answerer)
                switch admission {
                case .reset: return DataloggerStation.reset(channel)
                case .closed: return channel.close()
                case .served, .ghost: break
                }
                channel.closeFuture.whenComplete { _ in station.forget(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let patience = TimeAmount.seconds(Int64(station.configuration.idleLimitSeconds))
                    guard case .served = admission else {
                        try pipeline.addHandlers(IdleStateHandler(readTimeout: patience), DeafHandler())
                        return
                    }
                    if let security = answerer.security {
                        try pipeline.addHandler(NIOSSLServerHandler(context: security))
                    }
                    try pipeline.addHandler(IdleStateHandler(readTimeout: patience))
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
                    try pipeline.addHandler(DataloggerHandler(answerer))
                }
            }
    }

    /// Who answers the next connection at a station's address; nil when the device that has taken it knows no HTTP.
    private func answerer(at station: DataloggerStation) -> DataloggerStation? {
        guard let name = station.takeTurn() else { return station }
        let other = DeviceIdentity(plant: station.record.identity.plant, device: name)
        return entries.withLock { $0[other]?.station }
    }
}

/// Reads what comes and says nothing, until the client has been silent for too long itself.
private final class DeafHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }
}
