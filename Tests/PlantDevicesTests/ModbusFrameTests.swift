import DeviceModel
import Testing

@testable import PlantDevices

@Suite struct ModbusFrameTests {
    @Test(
        "A frame is cut by its length field and nothing else",
        arguments: [
            ([], .incomplete),
            ([0, 1, 0, 0, 0], .incomplete),
            ([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0], .incomplete),
            ([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1], .whole(count: 12)),
            ([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1, 0, 2], .whole(count: 12)),
            ([0, 1, 0, 0, 0, 2, 1, 17], .whole(count: 8)),
            ([0, 1, 0, 0, 0, 1, 1], .broken),
            ([0, 1, 0, 0, 0, 0], .broken),
            ([0, 1, 0, 0, 0, 254], .incomplete),
            ([0, 1, 0, 0, 0, 255], .broken),
            ([0, 1, 0, 0, 1, 6], .broken),
            ([0, 1, 0, 1], .broken),
            (Array("GET / HTTP/1.1".utf8), .broken),
        ] as [([UInt8], ModbusFrame.Cut)])
    func cut(_ bytes: [UInt8], _ expected: ModbusFrame.Cut) {
        #expect(ModbusFrame.cut(bytes) == expected)
    }

    @Test("A slice is cut like a whole array")
    func slice() {
        let bytes: [UInt8] = [9, 9, 0, 1, 0, 0, 0, 2, 1, 17]
        #expect(ModbusFrame.cut(bytes.dropFirst(2)) == .whole(count: 8))
    }
}
