import Foundation
import NIOHTTP1
import Synchronization

/// One browser with one page, driven as a person would drive it.
package final class BrowserSession: Sendable {
    let driver: WebDriver
    let id: String
    package let options: BrowserOptions

    init(driver: WebDriver, id: String, options: BrowserOptions) {
        self.driver = driver
        self.id = id
        self.options = options
    }

    /// Goes to the address and waits until the page is loaded.
    package func go(to url: String) async throws {
        try await command(.POST, "url", ["url": .string(url)])
    }

    package func reload() async throws {
        try await command(.POST, "refresh", [:])
    }

    package var address: String {
        get async throws { try await ask(.GET, "url") }
    }

    package var title: String {
        get async throws { try await ask(.GET, "title") }
    }

    /// Closes the browser.
    package func close() async throws {
        _ = try await driver.send(.DELETE, "/session/\(id)", as: JSONValue.self)
        _ = driver.sessions.withLock { $0.remove(id) }
    }

    // MARK: Windows

    /// Opens another tab beside the present one and goes there.
    ///
    /// - Returns: its handle, for `show(_:)`.
    package func openTab() async throws -> String {
        let tab: [String: String] = try await ask(.POST, "window/new", ["type": "tab"])
        let handle = tab["handle"] ?? ""
        try await show(handle)
        return handle
    }

    package var tab: String {
        get async throws { try await ask(.GET, "window") }
    }

    /// Every open tab's handle, in the order of the driver.
    package var tabs: [String] {
        get async throws { try await ask(.GET, "window/handles") }
    }

    package func show(_ tab: String) async throws {
        try await command(.POST, "window", ["handle": .string(tab)])
    }

    // MARK: Scripts

    /// Runs the body of a function in the page; `arguments` are its arguments, a promise is awaited.
    package func run<Answer: Decodable>(
        _ script: String, _ arguments: [JSONValue] = [], as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await ask(.POST, "execute/sync", ["script": .string(script), "args": .array(arguments)])
    }

    package func run(_ script: String, _ arguments: [JSONValue] = []) async throws {
        _ = try await run(script, arguments, as: JSONValue.self)
    }

    /// Waits in the page until the expression is true, looking again at each change of the document.
    ///
    /// - Returns: the expression's value.
    /// - Throws: `late` when it does not become true in time.
    @discardableResult
    package func wait(
        for expression: String, _ arguments: [JSONValue] = [], seconds: Double = 20
    ) async throws -> JSONValue {
        let end = Date(timeIntervalSinceNow: seconds)
        repeat {
            let left = max(0.05, end.timeIntervalSinceNow)
            let given: [JSONValue] = [.number(left * 1000), .array(arguments)]
            do {
                let value: JSONValue = try await run(Self.waiting(for: expression), given)
                if value.isTruthy { return value }
            } catch let error as BrowserError {
                // The page went away under the script: the next page is asked.
                guard case .refused(let name) = error.code, Self.namesOfNavigation.contains(name) else { throw error }
                if name == "javascript error", !error.message.contains("unload"), !error.message.contains("navigation")
                {
                    throw error
                }
            }
        } while Date() < end
        let page = try await run("return document.body?.innerText ?? ''", as: String.self).prefix(1500)
        let place = try await address
        let console = try await consoleLog().map { "\n\($0.level): \($0.message)" }.joined()
        throw BrowserError(
            .late, "not within \(seconds) s at \(place): \(expression)\nThe page says:\n\(page)\nIts console:\(console)"
        )
    }

    private static let namesOfNavigation: Set<String> = [
        "javascript error", "unknown error", "stale element reference", "script timeout", "no such execution context",
    ]

    private static func waiting(for expression: String) -> String {
        """
        const [limit, args] = arguments;
        const look = () => (\(expression));
        return new Promise((resolve, reject) => {
          let timer, clock, observer;
          const attempt = () => {
            let value;
            try { value = look(); } catch (error) {
              // A property of what is not there yet: not so yet.
              if (!(error instanceof TypeError)) { finish(); reject(error); return; }
            }
            if (value) { finish(); resolve(value instanceof Element ? true : value); }
          };
          const finish = () => { clearTimeout(timer); clearInterval(clock); observer?.disconnect(); };
          observer = new MutationObserver(attempt);
          observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
          clock = setInterval(attempt, 50);
          timer = setTimeout(() => { finish(); resolve(null); }, limit);
          attempt();
        });
        """
    }

    // MARK: Commands

    func ask<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await driver.send(method, "/session/\(id)/\(path)", body, seconds: 120)
    }

    func command(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) async throws {
        _ = try await ask(method, path, body, as: JSONValue.self)
    }
}

extension WebDriver {
    /// Opens a browser with a fresh profile.
    package func open(_ options: BrowserOptions = BrowserOptions()) async throws -> BrowserSession {
        struct Created: Decodable { var sessionId: String }
        let capabilities = options.capabilities(of: program, isRoot: getuid() == 0)
        let created: Created
        do {
            created = try await send(.POST, "/session", capabilities, seconds: 90)
        } catch let error as BrowserError {
            throw BrowserError(.notStarted, "\(program.browser) does not start: \(error.message)")
        }
        _ = sessions.withLock { $0.insert(created.sessionId) }
        let session = BrowserSession(driver: self, id: created.sessionId, options: options)
        try await session.arrange()
        return session
    }
}
