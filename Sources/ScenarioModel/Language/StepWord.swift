/// What a step can begin with beside a verb: time words, and what steps are made of.
package struct StepWord: Sendable {
    package var name: String
    package var summary: String
    /// What stands behind the word.
    package var value: ValueKind
    /// What stands beside it in the step.
    package var keys: [Key]
    package var examples: [String]
    /// Whether it asserts something, so that `covers` may stand beside it.
    package var isAsserting = false

    /// What may stand in every step.
    package static let common: [Key] = [
        .optional("name", .text, "what the step is about, for people")
    ]

    /// What may stand in a step that asserts.
    package static let covers = Key.optional(
        "covers", .list(.requirement), "the requirements that this step proves, such as `[R29, R30]`")

    static let expect = StepWord(
        name: "expect", summary: "Holds now: looked at once.", value: .conditions, keys: [],
        examples: ["expect: { session: { for: anna, online: true } }"], isAsserting: true)

    static let eventually = StepWord(
        name: "eventually",
        summary: "Comes to hold: the first time wins, and then it must stay so for `stable-for`.",
        value: .conditions,
        keys: [
            .required("within", .duration, "how long it may take; extended by what the machine itself stood still"),
            .optional("stable-for", .duration, "how long it must then stay so"),
        ],
        examples: [
            "eventually: { tunnel: { laptop: anna/laptop, state: up } }\nwithin: 3s",
            "eventually: { route: { for: anna, plant: park-a, status: active } }\nwithin: 10s\nstable-for: 1s",
        ], isAsserting: true)

    static let always = StepWord(
        name: "always", summary: "Holds the whole time; fails at the first look at which it does not.",
        value: .conditions,
        keys: extent,
        examples: [
            "always: { tunnel: { laptop: anna/laptop, state: up } }\nduring: 1s",
            "always: { route: { for: anna, plant: park-a, status: active } }\nuntil: sync",
        ], isAsserting: true)

    static let never = StepWord(
        name: "never", summary: "None of it holds at any time; fails at the first look at which one does.",
        value: .conditions,
        keys: extent,
        examples: [
            "never: { route: { for: anna, plant: park-a, status: unreachable } }\nduring: 1s",
            "never: { route: { for: anna, plant: park-a, status: active } }\nuntil: sync",
        ], isAsserting: true)

    private static let extent: [Key] = [
        .oneOf("extent", "during", .duration, "how long it is looked at"),
        .oneOf(
            "extent", "until", .choice(["sync"]),
            "up to the sync and not after it: the step itself makes one sync, or waits for the next where ticks run"),
    ]

    static let throughout = StepWord(
        name: "throughout", summary: "Holds, or never holds, while other steps run.",
        value: .mapping([
            .oneOf("word", "always", .conditions, "what holds the whole time"),
            .oneOf("word", "never", .conditions, "what does not hold at any time"),
            .required("steps", .steps, "what is done meanwhile"),
        ]), keys: [],
        examples: [
            """
            throughout:
              always: { tunnel: { laptop: anna/laptop, state: up } }
              steps: [{ sync: { now: true } }]
            """,
            """
            throughout:
              never: { route: { for: anna, plant: park-a, status: unreachable } }
              steps: [{ fault: { restart: control-plane } }]
            """,
        ], isAsserting: true)

    static let parallel = StepWord(
        name: "parallel", summary: "Runs several lists of steps at the same time; done when all are.",
        value: .mapping([.required("branches", .list(.steps), "the lists")]), keys: [],
        examples: [
            """
            parallel:
              branches:
                - [{ use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b } }]
                - [{ refresh: { for: anna } }, { sync: { now: true } }]
            """
        ])

    static let repeated = StepWord(
        name: "repeat", summary: "Runs steps over and over.",
        value: .mapping([
            .required("times", .int(1...1000), "how often"),
            .required("steps", .steps, "what is done each time"),
        ]), keys: [],
        examples: [
            """
            repeat:
              times: 3
              steps:
                - use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }
                - use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-a }
            """
        ])

    static let remember = StepWord(
        name: "remember", summary: "Keeps what is seen now, for `unchanged` and `changed` in later steps.",
        value: .mapping(
            [.required("id", .name, "a name for it")]
                + Language.subjects.map { .oneOf("subject", $0.name, .mapping($0.keys), $0.summary) }), keys: [],
        examples: Language.subjects.map { "remember: { id: before, \($0.name): \($0.example) }" })

    static let wait = StepWord(
        name: "wait", summary: "Lets time pass; there is nearly always something better to wait for.",
        value: .duration,
        keys: [.required("because", .text, "why there is nothing that could be waited for")],
        examples: ["wait: 500ms\nbecause: the meter tells nobody when it is done"])

    static let include = StepWord(
        name: "include",
        summary: "Puts the steps of a flow here; its file is looked for beside this one, then in each folder above.",
        value: .text,
        keys: [.optional("with", .named(.anything), "a value for each input of the flow")],
        examples: ["include: Fixtures/flows/anna-connected.yaml\nwith: { plants: [park-a, park-b] }"])
}
