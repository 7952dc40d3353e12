import Addressing

extension Intent {
    func organization(_ id: OrganizationID) throws(CommandError) -> Organization {
        guard let organization = organizations[id] else {
            throw CommandError(.unknownOrganization, "there is no organisation \(id)")
        }
        return organization
    }

    func portfolio(_ id: PortfolioID) throws(CommandError) -> Portfolio {
        guard let portfolio = portfolios[id] else {
            throw CommandError(.unknownPortfolio, "there is no portfolio \(id)")
        }
        return portfolio
    }

    func plant(_ id: PlantID) throws(CommandError) -> Plant {
        guard let plant = plants[id] else { throw CommandError(.unknownPlant, "there is no plant \(id)") }
        return plant
    }

    func cooperation(_ id: CooperationID) throws(CommandError) -> Cooperation {
        guard let cooperation = cooperations[id] else {
            throw CommandError(.unknownCooperation, "there is no cooperation \(id)")
        }
        return cooperation
    }

    func check(_ person: PersonID) throws(CommandError) {
        guard people[person] != nil else { throw CommandError(.unknownPerson, "there is no person \(person)") }
    }

    func unknown(_ place: Place) -> CommandError {
        switch place {
        case .organization(let id): CommandError(.unknownOrganization, "there is no organisation \(id)")
        case .portfolio(let id): CommandError(.unknownPortfolio, "there is no portfolio \(id)")
        case .plant(let id): CommandError(.unknownPlant, "there is no plant \(id)")
        }
    }

    /// Names stand in paths, files and host names: lower-case letters, digits, dot, dash and underscore, 1 to 63 of them.
    func checkName(_ name: String) throws(CommandError) {
        let letters = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard letters, (1...63).contains(name.utf8.count), name.first != ".", name.first != "-" else {
            throw CommandError(
                .invalidName, "'\(name)' is no name: lower-case letters, digits, '.', '-' and '_', 63 at most")
        }
    }

    /// What people read: some text, not without end.
    func checkTitle(_ title: String) throws(CommandError) {
        guard (1...256).contains(title.utf8.count) else {
            throw CommandError(.invalidName, "a name for people has 1 to 256 bytes, not \(title.utf8.count)")
        }
    }

    /// Refuses a key that is weak, belongs to another peer, or was used up.
    func checkFree(_ key: PublicKey) throws(CommandError) {
        guard !key.isLowOrder else { throw CommandError(.invalidKey, "the public key is a point of low order") }
        guard !retiredKeys.contains(key) else {
            throw CommandError(.keyRetired, "the public key was revoked or rotated away")
        }
        let isTaken =
            certificates.values.contains { $0.publicKey == key || $0.previousKey == key }
            || agents.values.contains { $0.publicKey == key }
        guard !isTaken else { throw CommandError(.keyInUse, "the public key belongs to another peer") }
    }
}
