/// Noise's HKDF over HMAC-BLAKE2s: one to three outputs of 32 bytes from a chain key and some input.
package enum KeyDerivation {
    private static let byteCount = BLAKE2s.digestByteCount

    /// Writes the outputs asked for; each may be the place of the chain key, which is read first.
    ///
    /// - Precondition: a third output only with a second.
    package static func derive(
        chainKey: UnsafeRawPointer, input: UnsafeRawBufferPointer, into first: UnsafeMutableRawPointer,
        _ second: UnsafeMutableRawPointer? = nil, _ third: UnsafeMutableRawPointer? = nil
    ) {
        precondition(third == nil || second != nil, "outputs are taken in order")
        // Three places: the extracted key, and the last output with its number behind it.
        withUnsafeTemporaryAllocation(byteCount: 2 * byteCount + 1, alignment: 8) { scratch in
            guard let extracted = scratch.baseAddress else { return }
            let previous = extracted + byteCount
            HMAC.authenticate(
                key: UnsafeRawBufferPointer(start: chainKey, count: byteCount), input, into: extracted)
            let key = UnsafeRawBufferPointer(start: extracted, count: byteCount)

            previous.storeBytes(of: 1, as: UInt8.self)
            HMAC.authenticate(key: key, UnsafeRawBufferPointer(start: previous, count: 1), into: previous)
            first.copyMemory(from: previous, byteCount: byteCount)

            func expand(_ number: UInt8, into output: UnsafeMutableRawPointer) {
                previous.storeBytes(of: number, toByteOffset: byteCount, as: UInt8.self)
                HMAC.authenticate(
                    key: key, UnsafeRawBufferPointer(start: previous, count: byteCount + 1), into: previous)
                output.copyMemory(from: previous, byteCount: byteCount)
            }
            if let second { expand(2, into: second) }
            if let third { expand(3, into: third) }
            for index in 0..<scratch.count { scratch[index] = 0 }
        }
    }
}
