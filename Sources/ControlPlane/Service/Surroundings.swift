package import AccessModel
import Foundation

/// Time and chance, handed in so that the service can also run without them.
package struct Surroundings: Sendable {
    package var now: @Sendable () -> Timestamp
    package var sleep: @Sendable (_ seconds: Double) async throws -> Void
    /// So many unpredictable bytes.
    package var entropy: @Sendable (_ count: Int) -> [UInt8]

    package init(
        now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (_ seconds: Double) async throws -> Void,
        entropy: @escaping @Sendable (_ count: Int) -> [UInt8]
    ) {
        self.now = now
        self.sleep = sleep
        self.entropy = entropy
    }

    /// The machine's own.
    package static let system = Surroundings(
        now: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
        sleep: { try await Task.sleep(for: .seconds($0)) },
        entropy: { count in
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        })
}
