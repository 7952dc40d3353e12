import Foundation

// What the benchmarks send and answer; `bench.py` starts it, one line of figures comes out.

let words = Array(CommandLine.arguments.dropFirst())

func number(_ index: Int) -> Int {
    guard words.indices.contains(index), let number = Int(words[index]) else {
        fail("word \(index + 1) must be a number")
    }
    return number
}

func word(_ index: Int) -> String {
    guard words.indices.contains(index) else { fail("word \(index + 1) is missing") }
    return words[index]
}

func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("workload: \(reason)\n".utf8))
    exit(2)
}

do {
    switch words.first {
    case "serve": try ModbusLoad.serve(address: word(1), port: number(2))
    case "modbus":
        print(
            try ModbusLoad.run(
                address: word(1), port: number(2), connections: number(3), registers: number(4), seconds: number(5)))
    case "keys": try Flood.writeKeys(count: number(1), folder: word(2))
    case "gateway": try await Flood.serve(address: word(1), port: number(2), folder: word(3))
    case "flood":
        print(
            try Flood.run(
                address: word(1), port: number(2), folder: word(3), window: number(4), seconds: number(5)))
    case "hop": try await Hop.serve(device: word(1))
    case "revoke": print(try await Revocation.run(peers: number(1)))
    case "links": print(LinkErrorBars.text())
    case "sweep": print(try Sweep.run(folder: word(1), seconds: number(2)))
    default:
        fail(
            "serve ADDRESS PORT | modbus ADDRESS PORT CONNECTIONS REGISTERS SECONDS | keys COUNT FOLDER | "
                + "gateway ADDRESS PORT FOLDER | flood ADDRESS PORT FOLDER WINDOW SECONDS | hop ADDRESS | revoke PEERS | "
                + "links | sweep FOLDER SECONDS"
        )
    }
} catch {
    fail("\(error)")
}
