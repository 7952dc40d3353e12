import WireGuardProtocol

/// A text is refused with a place, or means something that can be written and read again.
enum ConfigurationFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let configuration: TunnelConfiguration
        do throws(ConfigurationTextError) {
            configuration = try ConfigurationText.parse(text)
        } catch {
            try FuzzViolation.unless(error.line >= 1 && error.column >= 1, "an error without a place: \(error)")
            try FuzzViolation.unless(!error.problem.isEmpty, "an error without a word")
            return
        }
        let again = try ConfigurationText.parse(ConfigurationText.render(configuration))
        try FuzzViolation.unless(again == configuration, "it is read back as something else")
    }
}
