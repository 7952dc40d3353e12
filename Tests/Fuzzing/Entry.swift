import FuzzEntries
import Glibc

/// What libFuzzer calls with each input; `FUZZ_TARGET` says which entry of ours is meant.
private let target: FuzzTarget = {
    guard let name = getenv("FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
        print("FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue))")
        exit(64)
    }
    return target
}()

/// One input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.run(UnsafeRawBufferPointer(start: data, count: count))
    } catch {
        // A trap makes libFuzzer keep the input.
        preconditionFailure("\(error)")
    }
    return 0
}
