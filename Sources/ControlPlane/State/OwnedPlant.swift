import AccessModel

/// A plant with the organisation that owns it.
struct OwnedPlant {
    var id: PlantID
    var plant: Plant
    var owner: OrganizationID
}

extension Command {
    /// The plant that the command deletes.
    var deletedPlant: PlantID? {
        guard case .deletePlant(let id) = self else { return nil }
        return id
    }
}
