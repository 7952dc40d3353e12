package import AccessModel

/// `GET /api/v1/clock`: what the control plane takes for now, and how far that is ahead of the machine.
package struct ClockAnswer: Hashable, Sendable, Codable {
    package var now: Timestamp
    package var aheadSeconds: Double

    package init(now: Timestamp, aheadSeconds: Double) {
        self.now = now
        self.aheadSeconds = aheadSeconds
    }
}
