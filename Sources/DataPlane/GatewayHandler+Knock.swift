import ControlProtocol
import LinuxFabric
import TunnelRouting
import WireGuardProtocol

extension GatewayHandler {
    /// Looks for agents where they were last: after a start the gateway has no session with any of them, and they do not know it.
    ///
    /// People are never looked for: a gateway does not initiate towards them.
    func knock(at places: [AgentPlace]) {
        let now = poller.now
        for place in places {
            guard let handle = engine.peer(for: place.publicKey), let slot = slot(of: handle),
                case .agent = core.identity(of: slot), engine.knock(handle, at: place.endpoint, now)
            else { continue }
            knocks += 1
            drainEngine(at: now)
        }
        sender.flush()
    }
}
