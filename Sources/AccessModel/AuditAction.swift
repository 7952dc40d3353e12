/// What the audit has entries of, by the names that they bear for ever.
package enum AuditAction: String, Hashable, Sendable, Codable, CaseIterable {
    case personCreated = "person.created"
    case personDeactivated = "person.deactivated"
    case personReactivated = "person.reactivated"
    case personRenamed = "person.renamed"
    case personDeleted = "person.deleted"

    case organizationCreated = "organization.created"
    case organizationRenamed = "organization.renamed"
    case organizationDeleted = "organization.deleted"

    case memberSet = "member.set"
    case memberRemoved = "member.removed"

    case portfolioCreated = "portfolio.created"
    case portfolioRenamed = "portfolio.renamed"
    case portfolioDeleted = "portfolio.deleted"

    case plantCreated = "plant.created"
    case plantDescribed = "plant.described"
    case plantMoved = "plant.moved"
    case plantDeleted = "plant.deleted"

    case subnetAdded = "subnet.added"
    case subnetChanged = "subnet.changed"
    case subnetRemoved = "subnet.removed"

    case deviceSet = "device.set"
    case deviceRemoved = "device.removed"

    case grantCreated = "grant.created"
    case grantWithdrawn = "grant.withdrawn"

    case cooperationProposed = "cooperation.proposed"
    case cooperationAccepted = "cooperation.accepted"
    case cooperationPaused = "cooperation.paused"
    case cooperationResumed = "cooperation.resumed"
    case cooperationEnded = "cooperation.ended"
    case cooperationCapChanged = "cooperation.cap-changed"
    case cooperationMembersChanged = "cooperation.members-changed"

    case agentProvisioned = "agent.provisioned"
    case agentEnrolled = "agent.enrolled"
    case agentUnprovisioned = "agent.unprovisioned"
    case agentOnline = "agent.online"
    case agentOffline = "agent.offline"

    case certificateIssued = "certificate.issued"
    case certificateRotated = "certificate.rotated"
    case certificateRevoked = "certificate.revoked"

    case conflictWinnerChanged = "conflict.winner-changed"
    case conflictWinnerPinned = "conflict.winner-pinned"
    case conflictPickDiscarded = "conflict.pick-discarded"

    case accessFirstTouch = "access.first-touch"
    case accessDenied = "access.denied"
    case accessEnded = "access.ended"
    case accessCut = "access.cut"

    case sessionPossibleKeySharing = "session.possible-key-sharing"

    case syncFailed = "sync.failed"

    case auditGap = "audit.gap"
    case auditRetention = "audit.retention"
}
