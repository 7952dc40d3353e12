import Foundation
import NIOHTTP1

/// A part of the page.
package struct PageElement: Sendable, Hashable {
    let id: String

    /// As a script's argument.
    package var value: JSONValue { [Self.mark: .string(id)] }

    /// The name that the standard gives an element's reference.
    static let mark = "element-6066-11e4-a52e-4f735466cecf"
}

/// Finding, reading, clicking, typing.
extension BrowserSession {
    /// - Throws: `refused("no such element")`.
    package func element(_ selector: String) async throws -> PageElement {
        try Self.element(await ask(.POST, "element", ["using": "css selector", "value": .string(selector)]))
    }

    package func elements(_ selector: String) async throws -> [PageElement] {
        let found: [[String: String]] = try await ask(
            .POST, "elements", ["using": "css selector", "value": .string(selector)])
        return try found.map(Self.element)
    }

    /// Waits for a visible element that the selector names.
    package func visible(_ selector: String, seconds: Double = 20) async throws -> PageElement {
        try await wait(
            for: "[...document.querySelectorAll(args[0])].some(e => e.checkVisibility())", [.string(selector)],
            seconds: seconds)
        let found: [String: String] = try await run(
            "return [...document.querySelectorAll(arguments[0])].find(e => e.checkVisibility())", [.string(selector)])
        return try Self.element(found)
    }

    /// Waits for the visible button, link, box or tab that bears the name, as a person would look for it.
    ///
    /// - Parameters:
    ///   - scope: a selector within which it lies.
    ///   - row: text of the table row within which it lies.
    package func control(
        _ name: String, in scope: String = "body", row: String? = nil, seconds: Double = 20
    ) async throws -> PageElement {
        let look = """
            [...document.querySelectorAll(args[1])].flatMap(s => [...s.querySelectorAll(
            'button, a[href], input, select, textarea, summary, [role=tab], [role=button]')])
            .filter(e => e.checkVisibility() && !e.closest('[inert]'))
            .filter(e => args[2] === null || e.closest('tr')?.innerText.replace(/\\s+/g, ' ').includes(args[2]))
            .sort((one, other) => !!other.closest('dialog[open]') - !!one.closest('dialog[open]'))
            .find(e => [e.getAttribute('aria-label'), e.innerText, e.value, ...[...(e.labels ?? [])].map(l => l.innerText)]
            .some(text => text?.trim().replace(/\\s+/g, ' ') === args[0]))
            """
        let arguments: [JSONValue] = [.string(name), .string(scope), row.map { .string($0) } ?? .null]
        try await wait(for: look, arguments, seconds: seconds)
        let found: [String: String] = try await run("const args = arguments; return \(look)", arguments)
        return try Self.element(found)
    }

    package var focused: PageElement {
        get async throws { try Self.element(await ask(.GET, "element/active")) }
    }

    /// Clicks as a mouse does, after scrolling there; refused when something else lies on top.
    package func click(_ element: PageElement) async throws {
        try await command(.POST, "element/\(element.id)/click", [:])
    }

    package func click(_ selector: String) async throws {
        try await click(visible(selector))
    }

    /// The text as the page shows it.
    package func text(of element: PageElement) async throws -> String {
        try await ask(.GET, "element/\(element.id)/text")
    }

    package func text(of selector: String) async throws -> String {
        try await text(of: element(selector))
    }

    /// The role by which assistive technology knows it.
    package func role(of element: PageElement) async throws -> String {
        try await ask(.GET, "element/\(element.id)/computedrole")
    }

    /// The name by which assistive technology announces it.
    package func label(of element: PageElement) async throws -> String {
        try await ask(.GET, "element/\(element.id)/computedlabel")
    }

    /// Empties a box and types into it.
    package func fill(_ element: PageElement, with text: String) async throws {
        try await command(.POST, "element/\(element.id)/clear", [:])
        try await command(.POST, "element/\(element.id)/value", ["text": .string(text)])
    }

    /// Presses keys one after the other, wherever the focus is.
    package func press(_ keys: Key...) async throws {
        let actions = keys.flatMap { key -> [JSONValue] in
            [
                ["type": "keyDown", "value": .string(key.code)], ["type": "keyUp", "value": .string(key.code)],
            ]
        }
        try await perform([["type": "key", "id": "keyboard", "actions": .array(actions)]])
    }

    /// Tab with Shift held: to the control before.
    package func pressBackTab() async throws {
        let shift = JSONValue.string("\u{E008}")
        let actions: [JSONValue] = [
            ["type": "keyDown", "value": shift], ["type": "keyDown", "value": .string(Key.tab.code)],
            ["type": "keyUp", "value": .string(Key.tab.code)], ["type": "keyUp", "value": shift],
        ]
        try await perform([["type": "key", "id": "keyboard", "actions": .array(actions)]])
    }

    /// Moves the pointer onto the middle of an element and leaves it there.
    package func point(at element: PageElement) async throws {
        try await command(
            .POST, "execute/sync",
            ["script": "arguments[0].scrollIntoView({ block: 'center' })", "args": [element.value]])
        let move: JSONValue = [
            "type": "pointerMove", "duration": 0, "origin": element.value, "x": 0, "y": 0,
        ]
        try await perform([
            ["type": "pointer", "id": "mouse", "parameters": ["pointerType": "mouse"], "actions": [move]]
        ])
    }

    private func perform(_ actions: JSONValue) async throws {
        try await command(.POST, "actions", ["actions": actions])
    }

    private static func element(_ found: [String: String]) throws -> PageElement {
        guard let id = found[PageElement.mark] else {
            throw BrowserError(.refused("no such element"), "the driver named no element")
        }
        return PageElement(id: id)
    }
}
