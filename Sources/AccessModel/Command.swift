package import Addressing

/// One change of intent: applied whole or refused whole.
package enum Command: Hashable, Sendable, Codable {
    // Who there is
    case createPerson(PersonID, name: String)
    /// Takes effect at once, as a revoke does; the certificate and every other record stay.
    case deactivatePerson(PersonID)
    case reactivatePerson(PersonID)
    case renamePerson(PersonID, String)
    /// Takes effect at once; certificate, memberships, grants and choices go, the audit stays, the id is never given again.
    case deletePerson(PersonID)
    case createOrganization(OrganizationID, name: String)
    case renameOrganization(OrganizationID, String)
    /// Only one without portfolios and without cooperations that have not ended.
    case deleteOrganization(OrganizationID)
    case setMember(OrganizationID, PersonID, standing: Standing, jobRole: JobRole)
    case removeMember(OrganizationID, PersonID)

    // What there is
    case createPortfolio(PortfolioID, name: String, organization: OrganizationID)
    case renamePortfolio(PortfolioID, String)
    case deletePortfolio(PortfolioID)
    case createPlant(PlantID, name: String, portfolio: PortfolioID, place: GeographicPlace?)
    case describePlant(PlantID, name: String, place: GeographicPlace?)
    case movePlant(PlantID, to: PortfolioID)
    case deletePlant(PlantID)
    case addSubnet(PlantID, Prefix)
    case changeSubnet(PlantID, from: Prefix, to: Prefix)
    case removeSubnet(PlantID, Prefix)
    /// Adds a device to the list, or replaces the one with its address.
    case setDevice(PlantID, Device)
    case removeDevice(PlantID, IPv4Address)

    // Who may go where
    case grant(PersonID, Place, since: Timestamp?)
    case withdraw(PersonID, Place)
    case proposeCooperation(
        CooperationID, owner: OrganizationID, partner: OrganizationID, shares: SortedSet<Place>, cap: JobRole,
        members: SortedSet<PersonID>)
    case setCooperationState(CooperationID, Cooperation.State)
    case setCooperationCap(CooperationID, JobRole)
    case setCooperationMembers(CooperationID, SortedSet<PersonID>)

    // Agents
    case provisionAgent(AgentID, PlantID)
    case enrolAgent(AgentID, PublicKey)
    case unprovisionAgent(AgentID)

    // A person's own certificate and choices
    case issueCertificate(PersonID, PublicKey)
    case rotateCertificate(PersonID, PublicKey)
    case revokeCertificate(PersonID)
    case pick(PersonID, RouteID)

    // What an applied revision brings with it
    /// Choices whose plant or subnet the person has lost: they do not come back with it.
    case discardPicks(PersonID, [RouteID])
    /// The rotated key is gone from the gateway.
    case forgetPreviousKey(PersonID)

    /// Whether people decided it, so that it counts as a new generation.
    package var isDecision: Bool {
        switch self {
        case .discardPicks, .forgetPreviousKey: false
        default: true
        }
    }
}
