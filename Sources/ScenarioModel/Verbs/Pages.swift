import AccessModel

extension Action {
    /// Something done in a real browser on a laptop; the first step there signs the laptop's person in.
    package struct PageUse: VerbPayload {
        package var laptop: LaptopID
        package var gesture: Gesture
        /// Text of the table row or box within which it is done.
        package var row: String?

        package enum Gesture: Hashable, Sendable, Codable {
            /// Go to a path of the control plane's pages.
            case open(String)
            /// Click what bears this name.
            case click(String)
            case type(String, into: String)
            /// Press a key, wherever the focus is.
            case press(String)
        }

        package init(laptop: LaptopID, gesture: Gesture, row: String? = nil) {
            self.laptop = laptop
            self.gesture = gesture
            self.row = row
        }

        package var sentence: String {
            let place = row.map { " in the row of '\($0)'" } ?? ""
            switch gesture {
            case .open(let path): return "\(laptop.person) opens the page \(path) on \(laptop)"
            case .click(let name): return "\(laptop.person) clicks '\(name)'\(place) on the page on \(laptop)"
            case .type(let text, let box):
                return "\(laptop.person) types '\(text)' into '\(box)'\(place) on the page on \(laptop)"
            case .press(let key): return "\(laptop.person) presses \(key) on the page on \(laptop)"
            }
        }

        package var doer: Doer { .person(laptop.person) }

        /// The buttons after which a `.conf` lies on the laptop.
        package static let downloading: Set<String> = ["Issue cert", "Rotate & download"]

        package func check(_ state: inout PlanState) {
            guard case .click(let name) = gesture, Self.downloading.contains(name) else { return }
            state.certificates.insert(laptop.person)
            state.configured.insert(laptop)
        }

        private enum PressedKey: String, CaseIterable {
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
        }

        static let entry = VerbEntry(
            "page",
            "Does one thing on a page, in a real browser on a laptop; a file that the page downloads lies there then.",
            keys: [
                .required("laptop", .laptop, "the laptop whose browser it is; its person is signed in"),
                .oneOf("what", "open", .text, "go to a path, such as `/profile/vpn`"),
                .oneOf("what", "click", .text, "click the button, link or box of this name"),
                .oneOf("what", "type", .text, "type this, see `into`"),
                .oneOf("what", "press", .choice(PressedKey.self), "press a key, wherever the focus is"),
                .optional("into", .text, "the name of the box to type into; needed with `type`"),
                .optional("row", .text, "only within the table row that has this text"),
            ],
            examples: [
                "page: { laptop: anna/laptop, open: /profile/vpn }", "page: { laptop: anna/laptop, click: Issue cert }",
                "page: { laptop: anna/laptop, click: Use this park…, row: park-b }",
                "page: { laptop: anna/laptop, type: 192.168, into: Search }",
                "page: { laptop: anna/laptop, press: Escape }",
            ]
        ) { reader, fields, _ in
            let laptop = fields.required("laptop").flatMap(reader.laptop)
            let row = fields.optional("row").flatMap { $0.text("text of a row") }
            let box = fields.optional("into").flatMap { $0.text("the name of a box") }
            guard let (key, value) = fields.exactlyOne(of: ["open", "click", "type", "press"]) else { return nil }
            let gesture: Gesture?
            switch key {
            case "open": gesture = value.text("a path such as /profile/vpn").map { .open($0) }
            case "click": gesture = value.text("the name of what is clicked").map { .click($0) }
            case "press": gesture = value.choice("a key", PressedKey.self).map { .press($0.rawValue) }
            default:
                if box == nil { fields.log.error("'into' is missing: which box?", at: fields.location) }
                gesture = value.text("what is typed").flatMap { text in box.map { .type(text, into: $0) } }
            }
            if key != "type", box != nil { fields.log.error("'into' goes with 'type'", at: fields.location) }
            if case .open(let path)? = gesture, !path.hasPrefix("/") {
                fields.log.error("'open' takes a path that begins with '/', not '\(path)'", at: fields.location)
                return nil
            }
            guard let laptop, let gesture else { return nil }
            return .page(PageUse(laptop: laptop, gesture: gesture, row: row))
        }
    }
}
