import Addressing

func prefix(_ text: String) -> Prefix {
    guard let prefix = Prefix(text) else { preconditionFailure("\(text) is no prefix") }
    return prefix
}

func key(_ number: UInt8) -> PublicKey {
    guard let key = PublicKey(bytes: (0..<32).map { UInt8($0) &+ number }) else { preconditionFailure() }
    return key
}
