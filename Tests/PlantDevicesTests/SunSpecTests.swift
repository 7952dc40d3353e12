import DeviceModel
import Testing

@testable import PlantDevices

@Suite struct SunSpecTests {
    @Test(
        "Every model has the length that the specification gives it",
        arguments: [
            (1, 66), (103, 50), (120, 26), (121, 30), (122, 44), (123, 24), (160, 8 + 2 * 20),
            (101, 50), (111, 60), (113, 60), (203, 105), (302, 5), (307, 11), (601, 26 + 22),
        ])
    func lengths(_ id: Int, _ length: Int) throws {
        #expect(try #require(SunSpecModel.known.first { $0.id == id }).length == length)
    }

    @Test("The points of a model follow each other without gap or overlap", arguments: SunSpecModel.known)
    func gapless(_ model: SunSpecModel) {
        var next = 0
        for point in model.points {
            #expect(point.offset == next, "\(model.id).\(point.name)")
            next += point.registers
        }
        #expect(Set(model.points.map(\.name)).count == model.points.count)
    }

    @Test("The known models are the ones that a configuration may name")
    func known() {
        #expect(SunSpecModel.known.map(\.id) == ModbusConfiguration.knownModels)
    }

    @Test("A chain begins with SunS, links by length and ends with FFFF and 0", arguments: [65, 66])
    func chain(_ commonLength: Int) {
        let layout = SunSpecLayout(models: SunSpecModel.known, commonLength: commonLength)
        #expect(layout.blank.prefix(4) == [0x5375, 0x6E53, 1, UInt16(commonLength)])
        var at = 2
        var seen: [Int] = []
        while layout.blank[at] != 0xFFFF {
            seen.append(Int(layout.blank[at]))
            at += 2 + Int(layout.blank[at + 1])
        }
        #expect(seen == ModbusConfiguration.knownModels)
        #expect(layout.blank.count == at + 2 && layout.blank[at + 1] == 0)
    }

    @Test("What is not implemented says so in the way of its type")
    func unimplemented() throws {
        let layout = SunSpecLayout(models: SunSpecModel.known, commonLength: 66)
        func registers(_ name: String) throws -> [UInt16] {
            let place = try #require(layout.place(of: name))
            return Array(layout.blank[place.register..<place.register + place.point.registers])
        }
        #expect(try registers("103.TmpSnk") == [0x8000])
        #expect(try registers("103.StVnd") == [0xFFFF])
        #expect(try registers("103.EvtVnd1") == [0xFFFF, 0xFFFF])
        #expect(try registers("103.VA_SF") == [0x8000])
        #expect(try registers("103.WH") == [0, 0])
        #expect(try registers("122.ActVAh") == [0, 0, 0, 0])
        #expect(try registers("1.Opt") == [UInt16](repeating: 0, count: 8))
    }

    @Test("A value is scaled, rounded and kept away from what means unimplemented")
    func values() throws {
        var image = SunSpecImage(SunSpecLayout(models: SunSpecModel.known, commonLength: 66))
        func register(_ name: String) throws -> UInt16 {
            image.registers[try #require(image.layout.place(of: name)).register]
        }
        image.set("103.W", -12.6, scale: 0)
        #expect(try register("103.W") == UInt16(bitPattern: -13))
        image.set("103.W", -99_999, scale: 0)
        #expect(try register("103.W") == UInt16(bitPattern: -32_767))
        image.set("103.PhVphA", 230.04, scale: -1)
        #expect(try register("103.PhVphA") == 2300)
        image.set("103.A", 1e9, scale: 0)
        #expect(try register("103.A") == 65_534)
        image.set("103.WH", 4_294_967_296 + 65_537, scale: 0)
        let place = try #require(image.layout.place(of: "103.WH"))
        #expect(image.registers[place.register...].prefix(2) == [1, 1])
    }

    @Test(
        "Scale factors grow with the rated power so that 130 % of it still fits",
        arguments: [1, 10_000, 30_000, 2_500_000])
    func scales(_ watts: Int) {
        let scales = InverterScales(ratedPowerWatts: Double(watts))
        #expect(1.3 * Double(watts) / powerOfTen(scales.power) <= 32_767)
        #expect(scales.power == 0 || Double(watts) * 13 / powerOfTen(scales.power) > 32_000)
    }
}
