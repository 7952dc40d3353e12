/// What runs on a channel of a service PC: bytes and moments in, bytes and at last a status out.
protocol ServiceProgram {
    /// Commands that were run, or questions that were answered.
    var commands: Int { get }
    /// Set once: the program is over.
    var exitStatus: Int32? { get }
    /// When something happens without input; on the clock of `advance`.
    var nextDeadline: Double? { get }
    /// Something runs that needs no input to be alive.
    var isBusy: Bool { get }
    /// Whether more input would be of use.
    var hasRoom: Bool { get }
    var hasOutput: Bool { get }

    mutating func receive(_ bytes: [UInt8], at now: Double)
    mutating func endInput(at now: Double)
    mutating func interrupt(signal: Int32, at now: Double)
    mutating func advance(to now: Double)
    mutating func takeOutput() -> [UInt8]
    mutating func takeErrors() -> [UInt8]
}
