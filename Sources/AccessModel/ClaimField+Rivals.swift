import Addressing

extension ClaimField {
    /// Claims of other plants that overlap one.
    struct Rivals {
        var listed: [RouteID] = []
        var count = 0
    }

    /// For each claim those of other plants that overlap it; only plants with an agent count.
    func rivals() -> [Rivals] {
        var rivals = Array(repeating: Rivals(), count: claims.count)
        for stretch in stretches where !stretch.contenders.isEmpty {
            let crowds = crowds(of: stretch)
            let count = crowds.reduce(0) { $0 + $1.count }
            guard count > 1 else { continue }
            let common = listed(in: crowds, but: nil)
            for claim in live[stretch.contenders] {
                let own = siblings[claim].reduce(0) { $0 + (claims[$1].subnet.overlaps(stretch.subnet) ? 1 : 0) }
                guard count > own else { continue }
                let plant = claims[claim].plant
                rivals[claim] = Rivals(
                    listed: common.contains { $0.plant == plant }
                        ? listed(in: crowds, but: self.plant(of: claim)) : common,
                    count: count - own)
            }
        }
        return rivals
    }

    /// The contenders that overlap the stretch, ascending by subnet and plant: ranges of `live`.
    private func crowds(of stretch: Stretch) -> [Range<Int>] {
        let behind = stretch.end < stretches.count ? stretches[stretch.end].contenders.lowerBound : live.count
        var crowds = [stretch.contenders.lowerBound..<behind]
        var around = stretch.around
        while let index = around {
            crowds.append(stretches[index].contenders)
            around = stretches[index].around
        }
        return crowds.reversed()
    }

    private func listed(in crowds: [Range<Int>], but plant: Int?) -> [RouteID] {
        var listed: [RouteID] = []
        for claim in crowds.joined().lazy.map({ live[$0] }) where self.plant(of: claim) != plant {
            listed.append(RouteID(plant: claims[claim].plant, subnet: claims[claim].subnet))
            if listed.count == RouteConflict.mostRivals { break }
        }
        return listed
    }
}
