package import ScenarioModel

extension RunEvent {
    /// What the gateway did with the newest packets before something did not pass, oldest first.
    package struct Packets: Hashable, Sendable, Codable {
        package var rows: [Row]
        package static let limit = 600

        package struct Row: Hashable, Sendable, Codable {
            /// Seconds since the instance began.
            package var at: Double
            package var packet: PacketSighting

            package init(_ packet: PacketSighting, at: Double) {
                self.packet = packet
                self.at = (max(0, at) * 1000).rounded() / 1000
            }
        }

        package init(rows: [Row]) { self.rows = rows }
    }

    /// A file beside the reports.
    package struct Attachment: Hashable, Sendable, Codable {
        package var name: String
        /// Relative to the folder in which the file of events lies, or absolute.
        package var path: String
        package var mediaType: String
        package var byteCount: Int

        package init(name: String, path: String, mediaType: String, byteCount: Int) {
            self.name = name
            self.path = path
            self.mediaType = mediaType
            self.byteCount = byteCount
        }
    }

    package struct Source: Hashable, Sendable, Codable {
        package var file: String
        package var text: String

        /// No scenario that people wrote is longer; more is cut.
        package static let limitCharacters = 40_000

        package init(file: String, text: String) {
            self.file = file
            self.text = text.count <= Self.limitCharacters ? text : "\(text.prefix(Self.limitCharacters))\n…"
        }
    }

    /// What a run set out to do.
    package struct RunStarted: Hashable, Sendable, Codable {
        package var version: String
        package var seed: String
        /// RFC 3339, UTC.
        package var startedAt: String
        /// `nil`: all of it.
        package var shard: Shard?
        /// How many labs this run will bring up.
        package var jobCount: Int

        package init(version: String, seed: String, startedAt: String, shard: Shard? = nil, jobCount: Int) {
            self.version = version
            self.seed = seed
            self.startedAt = startedAt
            self.shard = shard
            self.jobCount = jobCount
        }
    }

    /// How a run ended.
    package struct RunFinished: Hashable, Sendable, Codable {
        package var seconds: Double
        /// What was never begun.
        package var skipped: [Skipped]

        package struct Skipped: Hashable, Sendable, Codable {
            package var instance: String
            package var id: String
            package var file: String
            package var title: String

            package init(instance: String, id: String, file: String, title: String) {
                self.instance = instance
                self.id = id
                self.file = file
                self.title = title
            }
        }

        package init(seconds: Double, skipped: [Skipped]) {
            self.seconds = seconds
            self.skipped = skipped
        }
    }
}
