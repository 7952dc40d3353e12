package import Addressing

extension PublicKey {
    /// Whether every exchange with this key gives the same secret: the points of small order of Curve25519.
    package var isLowOrder: Bool {
        var masked = bytes
        masked[31] &= 0x7f
        return Self.lowOrderPoints.contains(masked)
    }

    /// In the field's numbers: 0, 1, the two points of order eight, and p - 1, p, p + 1, which reduce to -1, 0, 1.
    private static let lowOrderPoints: Set<[UInt8]> = {
        let orderEight: [[UInt64]] = [
            [0xaeb8_413b_7c7a_ebe0, 0x6ac4_9ff1_fae3_5616, 0xfdb1_329c_eb8d_09da, 0x00b8_495f_1605_6286],
            [0x248c_50a3_bc95_9c5f, 0x5bef_839c_55b1_d0b1, 0x868e_1c58_c45c_4404, 0x5711_9fd0_dd4e_22d8],
        ]
        let ones = UInt64.max
        let top = UInt64.max >> 1
        let numbers: [[UInt64]] =
            [[0, 0, 0, 0], [1, 0, 0, 0]] + orderEight
            + [0xec, 0xed, 0xee].map { [ones - 0xff + $0, ones, ones, top] }
        return Set(
            numbers.map { limbs in
                limbs.flatMap { limb in (0..<8).map { UInt8(truncatingIfNeeded: limb >> UInt64(8 * $0)) } }
            })
    }()
}
