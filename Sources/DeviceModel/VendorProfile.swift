/// How a vendor's Modbus devices behave on the wire, as its file under `Fixtures/vendors` says; times in seconds.
package struct VendorProfile: Hashable, Sendable, Codable {
    /// What happens to a connection when all that the device has are taken.
    package enum OverLimit: String, Hashable, Sendable, Codable, CaseIterable {
        /// Reset at once.
        case reset
        /// Closed at once, in good order.
        case close
        /// Accepted, and never answered.
        case silence
        /// Served; the oldest connection is closed for it.
        case evict
    }

    /// What becomes of the device's network side when the sun is gone.
    package enum Night: String, Hashable, Sendable, Codable, CaseIterable {
        /// It goes on answering.
        case serves
        /// Connections are refused.
        case refuses
        /// Nothing answers, as if the cable were out.
        case silent
    }

    /// What a request for a unit gets that is not there.
    package enum StrangeUnit: String, Hashable, Sendable, Codable, CaseIterable {
        /// Exception 0x0B.
        case targetFailed = "target-failed"
        /// Exception 0x0A.
        case noPath = "no-path"
        case silence
        /// The first unit answers for all.
        case ignored
    }

    /// What a request for registers gets that are not there.
    package enum AbsentRegisters: String, Hashable, Sendable, Codable, CaseIterable {
        /// Exception 2.
        case exception
        case silence
    }

    package var name = "generic"
    package var manufacturer = "Mirox Rig"
    package var port: UInt16 = 502
    package var unitIDs: [UInt8] = [1]
    /// The address of the `SunS` mark.
    package var sunSpecBase = 40_000
    /// Length of the common model in registers: 66 with its pad, 65 without.
    package var commonLength = 66
    package var hasEndModel = true
    /// The chain of its inverters.
    package var models = [1, 103, 120, 121, 122, 123, 160]
    package var connectionLimit = 8
    package var overLimit = OverLimit.reset
    /// A connection that sends no request for so long is closed.
    package var idleSeconds = 600.0
    /// After a connection that did not end in good order, no other is served for so long.
    package var holdOffSeconds = 0.0
    /// How long it thinks before each answer.
    package var latency = Pause()
    package var night = Night.serves
    package var strangeUnit = StrangeUnit.targetFailed
    package var absentRegisters = AbsentRegisters.exception

    package init() {}
}

/// A span between two bounds, drawn anew each time; in seconds.
package struct Pause: Hashable, Sendable, Codable {
    package var least: Double
    package var most: Double

    package init(_ least: Double = 0, _ most: Double? = nil) {
        self.least = max(0, least)
        self.most = max(self.least, most ?? least)
    }

    package var isNothing: Bool { most == 0 }

    /// - Parameter fraction: from 0 to 1.
    package func at(_ fraction: Double) -> Double { least + (most - least) * fraction }
}
