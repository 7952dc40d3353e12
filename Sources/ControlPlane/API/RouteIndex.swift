import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods each path has: what is there under another method is 405, not 404.
final class RouteIndex: Sendable {
    private let routes = Mutex<[(path: [String], method: HTTPRequest.Method)]>([])

    /// To be told when the router is complete.
    func learn(_ descriptions: [Router<APIContext>.RouteDescription]) {
        routes.withLock { $0 = descriptions.map { (Self.parts(of: $0.path.description), $0.method) } }
    }

    /// The methods of a path, sorted; none for a path that is not there.
    func methods(of path: String) -> [String] {
        let parts = Self.parts(of: path)
        return routes.withLock { routes in
            Set(routes.filter { Self.matches($0.path, parts) }.map(\.method.rawValue)).sorted()
        }
    }

    private static func parts(of path: String) -> [String] { path.split(separator: "/").map(String.init) }

    private static func matches(_ pattern: [String], _ parts: [String]) -> Bool {
        pattern.count == parts.count
            && zip(pattern, parts).allSatisfy { $0 == $1 || $0.hasPrefix(":") || $0.hasPrefix("{") }
    }
}
