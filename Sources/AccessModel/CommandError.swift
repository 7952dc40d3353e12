/// Why a command was refused; the intent is as it was.
package struct CommandError: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }

    /// Stable names: scenarios and clients compare them.
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        // There is no such thing
        case unknownPerson = "unknown-person"
        case unknownOrganization = "unknown-organization"
        case unknownMember = "unknown-member"
        case unknownPortfolio = "unknown-portfolio"
        case unknownPlant = "unknown-plant"
        case unknownSubnet = "unknown-subnet"
        case unknownDevice = "unknown-device"
        case unknownGrant = "unknown-grant"
        case unknownCooperation = "unknown-cooperation"
        case unknownAgent = "unknown-agent"
        case unknownRoute = "unknown-route"
        case noCertificate = "no-certificate"

        // It does not fit what there is
        case exists
        case idRetired = "id-retired"
        case notEmpty = "not-empty"
        case wrongState = "wrong-state"
        case certificateExists = "certificate-exists"
        case keyInUse = "key-in-use"
        case keyRetired = "key-retired"
        case poolExhausted = "pool-exhausted"
        case notInConflict = "not-in-conflict"
        case noAgent = "no-agent"
        case lastAdmin = "last-admin"

        // It cannot be right
        case invalidName = "invalid-name"
        case invalidKey = "invalid-key"
        case refusedRange = "refused-range"
        case notShareable = "not-shareable"
        case notAMember = "not-a-member"
        case notInSubnet = "not-in-subnet"

        /// The HTTP status that says the same.
        package var status: Int {
            switch self {
            case .unknownPerson, .unknownOrganization, .unknownMember, .unknownPortfolio, .unknownPlant,
                .unknownSubnet, .unknownDevice, .unknownGrant, .unknownCooperation, .unknownAgent, .unknownRoute,
                .noCertificate:
                404
            case .exists, .idRetired, .notEmpty, .wrongState, .certificateExists, .keyInUse, .keyRetired,
                .poolExhausted, .notInConflict, .noAgent, .lastAdmin:
                409
            case .invalidName, .invalidKey, .refusedRange, .notShareable, .notAMember, .notInSubnet: 422
            }
        }
    }
}
