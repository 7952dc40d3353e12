package import LinkModel

/// A named impairment of some links; the role applies it where it sends.
package struct NamedLinkFault: Codable, Sendable, Hashable {
    /// By which it is healed.
    package var id: String
    package var links: [LinkSelector]
    package var fault: LinkFault

    package init(id: String, links: [LinkSelector], fault: LinkFault) {
        self.id = id
        self.links = links
        self.fault = fault
    }
}
