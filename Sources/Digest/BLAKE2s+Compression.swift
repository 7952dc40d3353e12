extension BLAKE2s {
    /// The chain value: eight words, and how a block is mixed into them.
    struct Chain {
        private var words: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)

        init(parameters: UInt32) {
            words = (
                0x6A09_E667 ^ parameters, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C,
                0x1F83_D9AB, 0x5BE0_CD19
            )
        }

        /// Mixes 64 bytes in; `counter` is the number of bytes up to and including them.
        mutating func compress(_ block: UnsafeRawBufferPointer, counter: UInt64, isLast: Bool) {
            @inline(__always)
            func word(_ index: Int) -> UInt32 {
                UInt32(littleEndian: block.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
            }
            let (m0, m1, m2, m3) = (word(0), word(1), word(2), word(3))
            let (m4, m5, m6, m7) = (word(4), word(5), word(6), word(7))
            let (m8, m9, mA, mB) = (word(8), word(9), word(10), word(11))
            let (mC, mD, mE, mF) = (word(12), word(13), word(14), word(15))

            var mix = Mix(words, counter: counter, isLast: isLast)
            mix.round(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, mA, mB, mC, mD, mE, mF)
            mix.round(mE, mA, m4, m8, m9, mF, mD, m6, m1, mC, m0, m2, mB, m7, m5, m3)
            mix.round(mB, m8, mC, m0, m5, m2, mF, mD, mA, mE, m3, m6, m7, m1, m9, m4)
            mix.round(m7, m9, m3, m1, mD, mC, mB, mE, m2, m6, m5, mA, m4, m0, mF, m8)
            mix.round(m9, m0, m5, m7, m2, m4, mA, mF, mE, m1, mB, mC, m6, m8, m3, mD)
            mix.round(m2, mC, m6, mA, m0, mB, m8, m3, m4, mD, m7, m5, mF, mE, m1, m9)
            mix.round(mC, m5, m1, mF, mE, mD, m4, mA, m0, m7, m6, m3, m9, m2, m8, mB)
            mix.round(mD, mB, m7, mE, mC, m1, m3, m9, m5, m0, mF, m4, m8, m6, m2, mA)
            mix.round(m6, mF, mE, m9, mB, m3, m0, m8, mC, m2, mD, m7, m1, m4, mA, m5)
            mix.round(mA, m2, m8, m4, m7, m6, m1, m5, mF, mB, m9, mE, m3, mC, mD, m0)

            words.0 ^= mix.v0 ^ mix.v8
            words.1 ^= mix.v1 ^ mix.v9
            words.2 ^= mix.v2 ^ mix.vA
            words.3 ^= mix.v3 ^ mix.vB
            words.4 ^= mix.v4 ^ mix.vC
            words.5 ^= mix.v5 ^ mix.vD
            words.6 ^= mix.v6 ^ mix.vE
            words.7 ^= mix.v7 ^ mix.vF
        }
    }

    /// The sixteen working words of one compression, named in hexadecimal as the message words are.
    private struct Mix {
        var (v0, v1, v2, v3): (UInt32, UInt32, UInt32, UInt32)
        var (v4, v5, v6, v7): (UInt32, UInt32, UInt32, UInt32)
        var (v8, v9, vA, vB): (UInt32, UInt32, UInt32, UInt32)
        var (vC, vD, vE, vF): (UInt32, UInt32, UInt32, UInt32)

        @inline(__always)
        init(
            _ h: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32), counter: UInt64, isLast: Bool
        ) {
            (v0, v1, v2, v3, v4, v5, v6, v7) = h
            (v8, v9, vA, vB) = (0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A)
            vC = 0x510E_527F ^ UInt32(truncatingIfNeeded: counter)
            vD = 0x9B05_688C ^ UInt32(truncatingIfNeeded: counter >> 32)
            vE = isLast ? ~0x1F83_D9AB : 0x1F83_D9AB
            vF = 0x5BE0_CD19
        }

        // swift-format-ignore
        @inline(__always)
        mutating func round(
            _ x0: UInt32, _ y0: UInt32, _ x1: UInt32, _ y1: UInt32, _ x2: UInt32, _ y2: UInt32,
            _ x3: UInt32, _ y3: UInt32, _ x4: UInt32, _ y4: UInt32, _ x5: UInt32, _ y5: UInt32,
            _ x6: UInt32, _ y6: UInt32, _ x7: UInt32, _ y7: UInt32
        ) {
            Self.quarter(&v0, &v4, &v8, &vC, x0, y0)
            Self.quarter(&v1, &v5, &v9, &vD, x1, y1)
            Self.quarter(&v2, &v6, &vA, &vE, x2, y2)
            Self.quarter(&v3, &v7, &vB, &vF, x3, y3)
            Self.quarter(&v0, &v5, &vA, &vF, x4, y4)
            Self.quarter(&v1, &v6, &vB, &vC, x5, y5)
            Self.quarter(&v2, &v7, &v8, &vD, x6, y6)
            Self.quarter(&v3, &v4, &v9, &vE, x7, y7)
        }

        @inline(__always)
        private static func quarter(
            _ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32, _ x: UInt32, _ y: UInt32
        ) {
            a = a &+ b &+ x
            d = (d ^ a) &>> 16 | (d ^ a) &<< 16
            c = c &+ d
            b = (b ^ c) &>> 12 | (b ^ c) &<< 20
            a = a &+ b &+ y
            d = (d ^ a) &>> 8 | (d ^ a) &<< 24
            c = c &+ d
            b = (b ^ c) &>> 7 | (b ^ c) &<< 25
        }
    }
}
