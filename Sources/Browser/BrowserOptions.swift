/// What a browser is started with.
package struct BrowserOptions: Sendable, Hashable {
    /// In CSS pixels.
    package var width: Int
    package var height: Int
    package var isDark: Bool
    /// Origins that count as secure although they are plain HTTP: a lab's `http://203.0.113.10:8080`.
    package var trustedOrigins: [String]
    /// False shows pages as a browser without JavaScript does; scripts of the driver run all the same.
    package var runsScripts: Bool
    /// Keeps the network log, so that `networkLog()` has something to tell.
    package var keepsNetworkLog: Bool
    /// Host names that lead to these addresses.
    package var names: [String: String]
    /// A folder for downloads; `nil` refuses them.
    package var downloads: String?

    package init(
        width: Int = 1280, height: Int = 900, isDark: Bool = false, trustedOrigins: [String] = [],
        runsScripts: Bool = true, keepsNetworkLog: Bool = false, names: [String: String] = [:], downloads: String? = nil
    ) {
        self.width = width
        self.height = height
        self.isDark = isDark
        self.trustedOrigins = trustedOrigins
        self.runsScripts = runsScripts
        self.keepsNetworkLog = keepsNetworkLog
        self.names = names
        self.downloads = downloads
    }

    /// The capabilities of the WebDriver standard.
    func capabilities(of program: BrowserProgram, isRoot: Bool) -> JSONValue {
        var arguments: [JSONValue] = [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            "--force-color-profile=srgb", "--lang=en-GB", .string("--window-size=\(width),\(height)"),
        ]
        if isRoot { arguments.append("--no-sandbox") }
        if !trustedOrigins.isEmpty {
            let origins = trustedOrigins.joined(separator: ",")
            arguments.append(.string("--unsafely-treat-insecure-origin-as-secure=\(origins)"))
        }
        if !names.isEmpty {
            let rules = names.sorted { $0.key < $1.key }.map { "MAP \($0.key) \($0.value)" }.joined(separator: ",")
            arguments.append(.string("--host-resolver-rules=\(rules)"))
        }
        var preferences: [String: JSONValue] = [
            "credentials_enable_service": false, "profile.password_manager_enabled": false,
        ]
        if !runsScripts { preferences["profile.managed_default_content_settings.javascript"] = 2 }
        if let downloads {
            preferences["download.default_directory"] = .string(downloads)
            preferences["download.prompt_for_download"] = false
        }
        var logs: [String: JSONValue] = ["browser": "ALL"]
        if keepsNetworkLog { logs["performance"] = "ALL" }
        return [
            "capabilities": [
                "alwaysMatch": [
                    "browserName": "chrome",
                    "goog:loggingPrefs": .object(logs),
                    "goog:chromeOptions": [
                        "binary": .string(program.browser), "args": .array(arguments), "prefs": .object(preferences),
                    ],
                    "timeouts": ["script": 600_000, "pageLoad": 60_000, "implicit": 0],
                ]
            ]
        ]
    }
}
