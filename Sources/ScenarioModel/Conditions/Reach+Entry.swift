extension Condition.Reach {
    static let entry = ConditionEntry(
        "reach", "A fresh attempt from a laptop to a device, and how it ends.",
        keys: [
            .required("from", .laptop, "the laptop"),
            .required("to", .target, "a device, or an address with or without a port"),
            .required(
                "via", .choice(ProbeProtocol.self), "what is spoken; http inside TLS where the device speaks it so"),
            .optional("plant", .plant, "in which plant, where several have such a device"),
            .optional(
                "outcome", .choice(Condition.Outcome.self),
                "how it ends; `answered` unless said. `no-route` is ICMP 3/0, `admin-prohibited` 3/13, `host-unreachable` 3/1"
            ),
            .optional("answered-by", .plant, "the plant whose device answers"),
            .optional("only", .yes, "nobody but `answered-by` gets a packet for the address while the step runs"),
            .optional("nowhere", .yes, "the address lies in no plant, so that no device's health can be asked"),
            .optional(
                "read",
                .mapping([
                    .required("unit", .int(0...247), "the Modbus unit"),
                    .required("register", .int(0...65_535), "counted from zero, as on the wire"),
                    .required("count", .int(1...125), "how many"),
                ]), "over modbus: registers to read"),
            .optional("equals", .text, "over modbus: what the registers spell"),
            .optional("status", .int(100...599), "over http: the status of the answer"),
            .optional("body-contains", .text, "over http: a part of the answer"),
            .optional("run", .text, "over ssh: a command to run"),
            .optional("stdout-contains", .text, "over ssh: a part of what the command prints"),
        ],
        examples: [
            "reach: { from: anna/laptop, to: 192.168.1.20:502, via: modbus, answered-by: park-a, only: true }",
            "reach: { from: anna/laptop, to: inverter-1, plant: park-a, via: modbus, "
                + "read: { unit: 1, register: 40000, count: 2 }, equals: SunS }",
            "reach: { from: anna/laptop, to: logger, via: http, status: 200, body-contains: park-b }",
            "reach: { from: anna/laptop, to: logger, via: ssh, run: hostname, stdout-contains: park-b }",
            "reach: { from: anna/laptop, to: 192.168.1.20, via: snmp, outcome: refused }",
            "reach: { from: anna/laptop, to: 192.168.99.1:502, via: tcp, outcome: admin-prohibited, nowhere: true }",
        ]
    ) { reader, fields in reader.reach(&fields).map(Condition.reach) }
}
