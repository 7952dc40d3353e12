import Addressing

extension Intent {
    mutating func applyToCertificates(_ command: Command, at now: Timestamp) throws(CommandError) {
        switch command {
        case .issueCertificate(let person, let key):
            try check(person)
            guard certificates[person] == nil else {
                throw CommandError(.certificateExists, "\(person) has a certificate: rotate or revoke it")
            }
            try checkFree(key)
            let address = try nextTunnelAddress()
            lastTunnelAddress = address
            certificates[person] = VPNCertificate(publicKey: key, tunnelAddress: address, issued: now)
        case .rotateCertificate(let person, let key):
            guard var certificate = certificates[person] else {
                throw CommandError(.noCertificate, "\(person) has no certificate")
            }
            try checkFree(key)
            // A second rotate before the sync: the key between them never becomes valid.
            retiredKeys.insert(certificate.publicKey)
            certificate.previousKey = certificate.previousKey ?? certificate.publicKey
            certificate.publicKey = key
            certificate.keyed = now
            certificates[person] = certificate
        case .revokeCertificate(let person):
            guard let certificate = certificates[person] else {
                throw CommandError(.noCertificate, "\(person) has no certificate")
            }
            retiredKeys.insert(certificate.publicKey)
            certificates[person] = nil
            picks[person] = nil
        case .pick(let person, let route):
            try pick(route, for: person)
        case .discardPicks(let person, let routes):
            picks[person]?.removeAll { routes.contains(RouteID(plant: $0.plant, subnet: $0.subnet)) }
            if picks[person]?.isEmpty == true { picks[person] = nil }
        case .forgetPreviousKey(let person):
            certificates[person]?.previousKey = nil
        default:
            break
        }
    }

    private mutating func pick(_ route: RouteID, for person: PersonID) throws(CommandError) {
        guard certificates[person] != nil else {
            throw CommandError(.noCertificate, "\(person) has no certificate")
        }
        guard opens(route, to: person) else {
            throw CommandError(.unknownRoute, "\(person) has no \(route.subnet) of \(route.plant)")
        }
        lastPickOrder += 1
        var standing = (picks[person] ?? []).filter { !route.subnet.contains($0.subnet) }
        standing.append(Pick(plant: route.plant, subnet: route.subnet, order: lastPickOrder))
        picks[person] = standing
    }

    /// The next address of the pool behind the one given last; the pool's first two and its last are not given.
    private func nextTunnelAddress() throws(CommandError) -> IPv4Address {
        let range = policy.pool.range
        let first = range.lower.number + 2
        guard range.count > 3 else { throw CommandError(.poolExhausted, "\(policy.pool) has no address to give") }
        let last = range.upper.number - 1
        let taken = Set(certificates.values.map(\.tunnelAddress.number))
        guard UInt64(taken.count) < UInt64(last - first) + 1 else {
            throw CommandError(.poolExhausted, "every address of \(policy.pool) is taken")
        }
        var next = first
        if let lastGiven = lastTunnelAddress?.number, lastGiven >= first, lastGiven < last { next = lastGiven + 1 }
        while taken.contains(next) { next = next == last ? first : next + 1 }
        return IPv4Address(number: next)
    }
}
