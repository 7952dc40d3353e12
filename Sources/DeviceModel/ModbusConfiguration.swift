/// A device that speaks Modbus/TCP.
package struct ModbusConfiguration: Hashable, Sendable, Codable {
    package enum Kind: Hashable, Sendable, Codable {
        /// Inverters behind one address, each under a unit id of its own: the vendor's first, then the ones that follow it.
        case inverter(ratedPowerWatts: Int, units: Int)
        /// A grid meter, which counts what the inverters of the plant feed in.
        case meter(inverters: [DataloggerConfiguration.Inverter])
        /// A controller of so many trackers.
        case tracker(count: Int)
        case weatherStation
        /// What somebody read out of a real device; it never changes but by what is written.
        case dump([RegisterRun])
    }

    package var kind: Kind
    /// SunSpec models in the order of the chain, the common model, 1, first; empty for a register dump.
    package var models: [Int]
    package var vendor: VendorProfile
    package var site: PlantSite

    package init(kind: Kind, models: [Int]? = nil, vendor: VendorProfile = VendorProfile(), site: PlantSite) {
        self.kind = kind
        self.models = models ?? Self.usualModels(of: kind, vendor: vendor)
        self.vendor = vendor
        self.site = site
    }

    /// The models of the chains that devices here can show.
    package static let knownModels = [
        1, 101, 102, 103, 111, 112, 113, 120, 121, 122, 123, 160, 203, 302, 307, 601,
    ]

    /// What such a device shows when nobody says otherwise.
    package static func usualModels(of kind: Kind, vendor: VendorProfile) -> [Int] {
        switch kind {
        case .inverter: vendor.models
        case .meter: [1, 203]
        case .tracker: [1, 601]
        case .weatherStation: [1, 302, 307]
        case .dump: []
        }
    }

    /// The unit ids that are answered, in the order of the units; a device that is no inverter has one.
    package var unitIDs: [UInt8] {
        guard case .inverter(_, let units) = kind, units > 1, let first = vendor.unitIDs.first else {
            return vendor.unitIDs
        }
        return (0..<units).map { UInt8(clamping: Int(first) + $0) }
    }
}

/// Registers that follow each other.
package struct RegisterRun: Hashable, Sendable, Codable {
    /// The address of the first one, from zero as on the wire.
    package var base: Int
    package var values: [UInt16]

    package init(base: Int, values: [UInt16]) {
        self.base = base
        self.values = values
    }
}
