import AccessModel
import ControlProtocol
import HTTPTypes
import Hummingbird
import NIOCore

/// What every page has around its content: head, top bar, the line that says what changed.
struct WebPage: Sendable {
    var title: String
    var content: HTML
    /// Scripts beside `page.js`, by their names among the assets.
    var script: String?
    var style: String?
    /// Where the page's events come from.
    var events: String?
    var isWide = false

    /// No foreign code, no inline code, no frames, nothing kept.
    static var headers: HTTPFields {
        var headers: HTTPFields = [.cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
        headers[.contentSecurityPolicy] = """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
            form-action 'self'; base-uri 'none'; frame-ancestors 'none'
            """
        for (name, value) in [
            ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }

    func response(to visitor: Visitor?, status: HTTPResponse.Status = .ok) -> Response {
        var headers = Self.headers
        headers[.contentType] = "text/html; charset=utf-8"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: document(for: visitor).text)))
    }

    private func document(for visitor: Visitor?) -> HTML {
        let token: HTML? = visitor.map { "<meta name=\"csrf-token\" content=\"\($0.session.csrfToken)\">" }
        let events: HTML? = events.map { "<meta name=\"events\" content=\"\($0)\">" }
        let script: HTML? = script.map { "<script type=\"module\" src=\"/assets/\($0)\"></script>" }
        let style: HTML? = style.map { "<link rel=\"stylesheet\" href=\"/assets/\($0)\">" }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            \(token)\(events)
            <title>\(title) · Mirox</title>
            <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
            <link rel="stylesheet" href="/assets/mirox.css">\(style)
            <script type="module" src="/assets/page.js"></script>\(script)
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            \(Self.bar(for: visitor))
            <main id="main" tabindex="-1"\(if: isWide, " class=\"wide\"")>
            <div id="stale" class="banner stale" role="alert" hidden></div>
            \(content)
            </main>
            <div id="status" class="status-line" role="status" aria-live="polite"></div>
            <dialog id="dialog" aria-labelledby="dialog-title" aria-describedby="dialog-body">
            <h2 id="dialog-title"></h2><div id="dialog-body"></div><div class="dialog-buttons"></div>
            </dialog>
            </body>
            </html>
            """
    }

    private static func bar(for visitor: Visitor?) -> HTML {
        let brand: HTML = """
            <a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="28" height="28"><span>Mirox</span></a>
            <span class="lab-mark" title="A rig on one machine; nothing here is a real plant">lab</span>
            """
        guard let visitor else { return "<header class=\"bar\">\(brand)</header>" }
        let links = visitor.links.map { link -> HTML in "<li><a href=\"\(link.href)\">\(link.label)</a></li>" }
        return """
            <header class="bar">\(brand)
            <details class="menu"><summary><span class="avatar" aria-hidden="true">\(visitor.initial)</span>\
            <span class="visually-hidden">Profile menu of </span>\(visitor.name)</summary>
            <ul>\(links)<li><form method="post" action="/logout">\
            <input type="hidden" name="csrf" value="\(visitor.session.csrfToken)">\
            <button type="submit" class="link">Sign out</button></form></li></ul>
            </details></header>
            """
    }
}

/// Who looks at a page.
struct Visitor: Sendable {
    var session: WebSessions.Session
    var name: String
    /// Organisations that the visitor administers, in order.
    var administers: [OrganizationID]

    init(session: WebSessions.Session, intent: Intent) {
        self.session = session
        switch session.principal {
        case .person(let person):
            name = intent.people[person]?.name ?? person.text
            administers = intent.organizations.filter { $0.value.members[person]?.standing == .admin }.keys.sorted()
        default:
            name = "The rig"
            administers = intent.organizations.keys.sorted()
        }
    }

    var initial: String { name.first.map { String($0).uppercased() } ?? "?" }

    var person: PersonID? {
        if case .person(let person) = session.principal { person } else { nil }
    }

    struct Link: Hashable {
        var href: String
        var label: String
    }

    /// The profile menu.
    var links: [Link] {
        var links: [Link] = []
        if person != nil { links.append(Link(href: "/profile", label: "Profile")) }
        if let first = administers.first {
            links.append(Link(href: "/permissions", label: "Permissions"))
            links.append(Link(href: "/organizations/\(first.text.escapedForPath)/audit", label: "Access audit"))
        }
        if session.principal == .lab { links.append(Link(href: "/lab", label: "Lab")) }
        return links
    }
}

extension String {
    /// As one component of a path.
    var escapedForPath: String {
        var text = ""
        for byte in utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [45, 46, 95, 126].contains(byte)
            if isPlain {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}
