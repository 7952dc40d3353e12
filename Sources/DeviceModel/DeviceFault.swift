/// What is wrong with a device on purpose, several things added up; times in seconds.
package struct DeviceFault: Hashable, Sendable, Codable {
    /// Out of power, so to speak.
    package enum Off: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its connections are reset and new ones refused.
        case refusing = "refused"
        /// Nothing comes from it any more, as if the cable were out.
        case silent
    }

    package enum Values: String, Hashable, Sendable, Codable, CaseIterable {
        /// They stay as they are.
        case stuck
        /// They grow by a hundredth every second.
        case drifting
        /// Megawatts at dusk, and energy that runs backwards.
        case absurd
    }

    package enum Frames: String, Hashable, Sendable, Codable, CaseIterable {
        /// The last bytes of every answer are missing.
        case truncated
        /// Every answer comes in two pieces, a moment apart.
        case split
    }

    /// Added to what the device takes anyway before it answers.
    package var delay: Pause?
    /// The Modbus exception that every request gets.
    package var exception: UInt8?
    /// It accepts and reads and says nothing.
    package var isSilent: Bool
    package var off: Off?
    /// It is out of power for so long, and then back as after a start.
    package var rebootSeconds: Double?
    /// For this device the sun is down.
    package var isNight: Bool
    package var values: Values?
    package var frames: Frames?
    /// What every HTTP request gets.
    package var httpStatus: Int?
    /// How long an HTTP body takes.
    package var slowBodySeconds: Double?
    /// Nobody can log in.
    package var refusesLogin: Bool
    /// How long an SSH connection waits for the first word.
    package var bannerDelaySeconds: Double?
    package var connectionLimit: Int?
    package var overLimit: VendorProfile.OverLimit?
    /// The device of the same plant that has taken this one's address: every second connection is the other's.
    package var conflictsWith: String?
    /// Its gateway is wrong: it reaches nobody outside its LAN, and the agent lends it no address of its own.
    package var hasWrongGateway: Bool

    package init(
        delay: Pause? = nil, exception: UInt8? = nil, isSilent: Bool = false, off: Off? = nil,
        rebootSeconds: Double? = nil, isNight: Bool = false, values: Values? = nil, frames: Frames? = nil
    ) {
        self.delay = delay
        self.exception = exception
        self.isSilent = isSilent
        self.off = off
        self.rebootSeconds = rebootSeconds
        self.isNight = isNight
        self.values = values
        self.frames = frames
        refusesLogin = false
        hasWrongGateway = false
    }

    package var isNothing: Bool { self == DeviceFault() }

    /// Both; where they contradict each other, the other one's word counts.
    package func merged(with other: DeviceFault) -> DeviceFault {
        var both = other
        both.delay = other.delay ?? delay
        both.exception = other.exception ?? exception
        both.isSilent = isSilent || other.isSilent
        both.off = other.off ?? off
        both.rebootSeconds = other.rebootSeconds ?? rebootSeconds
        both.isNight = isNight || other.isNight
        both.values = other.values ?? values
        both.frames = other.frames ?? frames
        both.httpStatus = other.httpStatus ?? httpStatus
        both.slowBodySeconds = other.slowBodySeconds ?? slowBodySeconds
        both.refusesLogin = refusesLogin || other.refusesLogin
        both.bannerDelaySeconds = other.bannerDelaySeconds ?? bannerDelaySeconds
        both.connectionLimit = other.connectionLimit ?? connectionLimit
        both.overLimit = other.overLimit ?? overLimit
        both.conflictsWith = other.conflictsWith ?? conflictsWith
        both.hasWrongGateway = hasWrongGateway || other.hasWrongGateway
        return both
    }
}
