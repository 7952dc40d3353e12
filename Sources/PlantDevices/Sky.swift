import DeviceModel
import Glibc

/// What the sun sends down on a plant at a moment, through its clouds.
struct Sky: Hashable, Sendable {
    /// How long a cloud takes to come or go.
    private static let cloudSeconds = 300.0

    /// On the ground, in W/m².
    let globalIrradiance: Double
    let zenithCosine: Double
    /// How much of the sun the clouds take, 0 to 1.
    let cloudShare: Double

    init(of site: PlantSite, at time: UnixTime) {
        zenithCosine = SunModel.zenithCosine(latitude: site.latitude, longitude: site.longitude, at: time)
        cloudShare = site.cloudiness > 0 ? site.cloudiness * Self.cloud(site.cloudSeed, at: time) : 0
        globalIrradiance = SunModel.clearSkyIrradiance(zenithCosine: zenithCosine) * (1 - cloudShare)
    }

    /// More of it the more clouds there are; a fifth under a clear sky.
    var diffuseIrradiance: Double { globalIrradiance * min(1, 0.2 + 0.8 * cloudShare) }

    var directNormalIrradiance: Double {
        zenithCosine > 0.05 ? (globalIrradiance - diffuseIrradiance) / zenithCosine : 0
    }

    /// From 0 to 1, without a jump: between two drawn values it goes smoothly.
    private static func cloud(_ seed: UInt64, at time: UnixTime) -> Double {
        let place = time.seconds / cloudSeconds
        let index = place.rounded(.down)
        let fraction = place - index
        func drawn(_ offset: Double) -> Double {
            DeviceChance.number(seed ^ UInt64(bitPattern: Int64(index + offset)) &* 0x2545_F491_4F6C_DD1D)
        }
        let smooth = fraction * fraction * (3 - 2 * fraction)
        return drawn(0) + (drawn(1) - drawn(0)) * smooth
    }
}
