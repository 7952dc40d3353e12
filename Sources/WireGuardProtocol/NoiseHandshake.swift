/// The two messages of `Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s`; ephemeral keys come in, and so does the prologue.
///
/// Each function returns false when an agreement is all zero or a tag is wrong; the state is then of no further use.
enum NoiseHandshake {
    static let protocolName = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
    static let prologue = "WireGuard v1 zx2c4 Jason@zx2c4.com"

    /// Ephemeral, and static with its tag, come before the payload of the first message.
    static let initiationOverhead = 32 + 32 + 16 + 16
    /// The ephemeral comes before, and the tag behind the payload of the second message.
    static let responseOverhead = 32 + 16

    /// A private key and its public one.
    struct KeyPlace {
        let privateKey: UnsafeRawPointer
        let publicKey: UnsafeRawPointer
    }

    static func writeInitiation(
        _ state: SymmetricState, ephemeral: UnsafeRawPointer, own: KeyPlace, responder: UnsafeRawPointer,
        staticStatic: UnsafeRawPointer, payload: UnsafeRawBufferPointer, into message: UnsafeMutableRawPointer
    ) -> Bool {
        Curve25519.base(ephemeral, into: message)
        state.mixEphemeral(message)
        guard Curve25519.agree(ephemeral, responder, into: state.agreed) else { return false }
        state.mixKey(state.agreed)
        state.seal(own.publicKey, byteCount: 32, into: message + 32)
        state.mixKey(staticStatic)
        state.seal(payload.baseAddress ?? UnsafeRawPointer(message), byteCount: payload.count, into: message + 80)
        return true
    }

    /// Opens the initiator's static key; who that is decides whether to go on.
    static func readInitiator(
        _ state: SymmetricState, message: UnsafeRawPointer, own: UnsafeRawPointer,
        into initiator: UnsafeMutableRawPointer
    ) -> HandshakeFailure? {
        state.mixEphemeral(message)
        guard Curve25519.agree(own, message, into: state.agreed) else { return .lowOrderKey }
        state.mixKey(state.agreed)
        return state.open(message + 32, byteCount: 48, into: initiator) ? nil : .authentication
    }

    /// Opens the payload behind the static key.
    static func readInitiationPayload(
        _ state: SymmetricState, message: UnsafeRawPointer, sealedByteCount: Int, staticStatic: UnsafeRawPointer,
        into payload: UnsafeMutableRawPointer
    ) -> Bool {
        state.mixKey(staticStatic)
        return state.open(message + 80, byteCount: sealedByteCount, into: payload)
    }

    static func writeResponse(
        _ state: SymmetricState, ephemeral: UnsafeRawPointer, initiatorEphemeral: UnsafeRawPointer,
        initiator: UnsafeRawPointer, presharedKey: UnsafeRawPointer, payload: UnsafeRawBufferPointer,
        into message: UnsafeMutableRawPointer
    ) -> Bool {
        Curve25519.base(ephemeral, into: message)
        state.mixEphemeral(message)
        guard Curve25519.agree(ephemeral, initiatorEphemeral, into: state.agreed) else { return false }
        state.mixChain(state.agreed)
        guard Curve25519.agree(ephemeral, initiator, into: state.agreed) else { return false }
        state.mixChain(state.agreed)
        state.mixKeyAndHash(presharedKey)
        state.seal(payload.baseAddress ?? UnsafeRawPointer(message), byteCount: payload.count, into: message + 32)
        return true
    }

    static func readResponse(
        _ state: SymmetricState, message: UnsafeRawPointer, sealedByteCount: Int, ephemeral: UnsafeRawPointer,
        own: UnsafeRawPointer, presharedKey: UnsafeRawPointer, into payload: UnsafeMutableRawPointer
    ) -> HandshakeFailure? {
        state.mixEphemeral(message)
        guard Curve25519.agree(ephemeral, message, into: state.agreed) else { return .lowOrderKey }
        state.mixChain(state.agreed)
        guard Curve25519.agree(own, message, into: state.agreed) else { return .lowOrderKey }
        state.mixChain(state.agreed)
        state.mixKeyAndHash(presharedKey)
        return state.open(message + 32, byteCount: sealedByteCount, into: payload) ? nil : .authentication
    }
}

/// Why a handshake message does not fit.
enum HandshakeFailure {
    case lowOrderKey
    case authentication
}
