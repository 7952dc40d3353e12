import AccessModel
import ControlProtocol

/// The second card: the person's own connections.
extension VPNPage {
    var sessionsCard: HTML {
        """
        <section class="card" aria-labelledby="sessions-title">
        <div class="card-head"><h2 id="sessions-title">Recent connections</h2></div>
        <div id="sessions-live" data-live>\(sessions)</div>
        <p class="hint">See a connection you don't recognize? Rotate your certificate immediately. This is your own
        certificate's activity only; the access audit of a plant is with its operator organization.</p>
        </section>
        """
    }

    private var sessions: HTML {
        guard content.overview.certificate != nil else {
            return
                "<p class=\"empty\"><strong>No connections.</strong> They are listed once you have a certificate.</p>"
        }
        guard !content.sessions.isEmpty else {
            return """
                <p class="empty"><strong>None yet.</strong> Import the configuration into WireGuard and activate the
                tunnel; the connection appears here by itself.</p>
                """
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Table of recent connections">
            <table class="sessions"><caption class="visually-hidden">Recent connections, newest first</caption><thead><tr>
            <th scope="col">Started</th><th scope="col">Duration</th><th scope="col">Location</th>
            <th scope="col">Source IP</th><th scope="col" class="number">Data volume</th></tr></thead>
            <tbody>\(content.sessions.map(row))</tbody></table></div>
            """
    }

    private func row(_ session: SessionRow) -> HTML {
        let seconds = Int(max(0, session.durationSeconds))
        let length = Amount.duration(seconds: session.durationSeconds)
        let ticking: HTML = "<span data-since=\"\(session.started)\">\(length)</span>"
        let duration: HTML =
            session.isOnline
            ? """
            <span class="status active"><span class="icon" aria-hidden="true">●</span>Online</span> \
            <small>\(ticking)</small>
            """
            : "<span data-seconds=\"\(seconds)\">\(length)</span>\(reason(of: session))"
        return """
            <tr data-key="\(session.id)"><th scope="row">\(timeElement(session.started))</th><td>\(duration)</td>
            <td>\(session.place)</td><td class="mono">\(session.source)</td>
            <td class="number" title="to the plants \(Amount.bytes(session.bytesUp)), \
            from the plants \(Amount.bytes(session.bytesDown))">\
            \(Amount.bytes(session.bytesUp + session.bytesDown))</td></tr>
            """
    }

    private func reason(of session: SessionRow) -> HTML? {
        switch session.reason.flatMap(SessionEnd.init) {
        case .rotated: " <small>ended by a rotate</small>"
        case .gatewayStopped: " <small>the gateway stopped</small>"
        case .idle, nil: nil
        }
    }
}
