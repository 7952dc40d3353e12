/// A key of the keyboard.
package enum Key: String, Sendable, Hashable, CaseIterable, Codable {
    case tab = "Tab"
    case enter = "Enter"
    case escape = "Escape"
    case space = "Space"
    case up = "ArrowUp"
    case down = "ArrowDown"
    case left = "ArrowLeft"
    case right = "ArrowRight"
    case home = "Home"
    case end = "End"

    /// The character that the WebDriver standard gives the key.
    var code: String {
        switch self {
        case .tab: "\u{E004}"
        case .enter: "\u{E007}"
        case .escape: "\u{E00C}"
        case .space: " "
        case .up: "\u{E013}"
        case .down: "\u{E015}"
        case .left: "\u{E012}"
        case .right: "\u{E014}"
        case .home: "\u{E011}"
        case .end: "\u{E010}"
        }
    }
}
