import AccessModel
import Addressing

/// Everything that one person's table was derived from, kept so that the same answer can be given again later.
struct RouteDerivation: Hashable {
    var claims: [Claim]
    var picks: [Pick]
    var states: [PlantID: PlantState]
    var incumbents: [OwnedRange]
    var policy: AccessPolicy

    var resolution: RouteResolution {
        RouteResolution(claims: claims, picks: picks, states: states, incumbents: incumbents, policy: policy)
    }

    func decision(at address: IPv4Address) -> RouteDecision {
        RouteResolution.decision(
            at: address, claims: claims, picks: picks, states: states, incumbents: incumbents, policy: policy)
    }

    /// How much memory it keeps alive, roughly: entries of its lists.
    var weight: Int { claims.count + picks.count + incumbents.count + 1 }
}
