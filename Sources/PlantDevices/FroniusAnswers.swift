import DeviceModel

/// The Solar API v1 as a Fronius Symo's data manager speaks it, or as a GEN24 does, which has no data manager.
struct FroniusAnswers {
    let time: UnixTime
    let utcOffsetMinutes: Int
    let identity: DeviceIdentity
    let lines: [Datalogger.Line]
    let isGEN24: Bool

    /// Status codes of the envelope.
    private enum Code {
        static let okay = 0
        static let argumentError = 6
        static let notSupported = 11
        static let notAvailable = 12
    }

    /// The model that is reported for inverters: a Symo of 20 kW; a GEN24 is always 1.
    private var deviceType: Int { isGEN24 ? 1 : 121 }

    /// The answer to a request below the base URL; nil when the API has none of that name.
    func answer(_ name: String, _ query: [String: String]) -> JSONText? {
        switch name {
        case "GetPowerFlowRealtimeData.fcgi": envelope([:], powerFlow())
        case "GetInverterRealtimeData.cgi": inverterData(query)
        case "GetInverterInfo.cgi": envelope([:], inverterInfo())
        case "GetActiveDeviceInfo.cgi": activeDevices(query)
        case "GetLoggerInfo.cgi" where isGEN24:
            envelope(
                [:], [:], code: Code.notSupported, reason: "v1/GetLoggerInfo.cgi request is not supported.")
        case "GetLoggerInfo.cgi": envelope([:], loggerInfo(), under: "LoggerInfo")
        case "GetLoggerLEDInfo.cgi": envelope([:], leds())
        case "GetMeterRealtimeData.cgi", "GetStorageRealtimeData.cgi", "GetOhmPilotRealtimeData.cgi":
            absent(query)
        default: nil
        }
    }

    private func inverterData(_ query: [String: String]) -> JSONText {
        let scope = query["Scope"] ?? "System"
        guard scope == "Device" else {
            guard scope == "System" else { return failure(query, Code.argumentError, "Invalid Scope") }
            return envelope(["DeviceClass": "Inverter", "Scope": "System"], systemData())
        }
        guard let number = query["DeviceId"].flatMap({ Int($0) }) else {
            return failure(query, Code.argumentError, "Missing or invalid DeviceId")
        }
        let collection = query["DataCollection"] ?? "CommonInverterData"
        let arguments: JSONText = [
            "DataCollection": .string(collection), "DeviceClass": "Inverter", "DeviceId": .string(String(number)),
            "Scope": "Device",
        ]
        guard let line = lines.first(where: { $0.number == number }) else {
            return envelope(arguments, [:], code: Code.notAvailable, reason: "Device not available")
        }
        switch collection {
        case "CommonInverterData": return envelope(arguments, common(line))
        case "CumulationInverterData": return envelope(arguments, cumulation(line))
        case "3PInverterData": return envelope(arguments, phases(line))
        default: return failure(query, Code.argumentError, "Invalid DataCollection")
        }
    }

    private func common(_ line: Datalogger.Line) -> JSONText {
        isGEN24 ? commonOfGEN24(line) : commonOfSymo(line)
    }

    /// A GEN24 shows each string, keeps no energy of the day, and has its AC values at night too.
    private func commonOfGEN24(_ line: Datalogger.Line) -> JSONText {
        let now = line.reading
        let amperes = value(now.dcWatts / now.dcVolts / 2, "A", 2)
        let nothing: JSONText = ["Unit": "Wh", "Value": nil]
        return [
            "DAY_ENERGY": nothing, "DeviceStatus": status(now), "FAC": value(now.frequencyHertz, "Hz", 2),
            "IAC": value(3 * now.phaseAmperes, "A", 2), "IDC": amperes, "IDC_2": amperes,
            "PAC": value(now.acWatts, "W"), "SAC": value(now.apparentVoltAmperes, "VA"),
            "TOTAL_ENERGY": value(now.totalWattHours, "Wh"), "UAC": value(now.phaseVolts, "V", 1),
            "UDC": value(now.dcVolts, "V", 1), "UDC_2": value(now.dcVolts, "V", 1), "YEAR_ENERGY": nothing,
        ]
    }

    private func commonOfSymo(_ line: Datalogger.Line) -> JSONText {
        let now = line.reading
        var members: [(String, JSONText)] = [
            ("DAY_ENERGY", value(now.dayWattHours, "Wh")), ("DeviceStatus", status(now)),
        ]
        // At night a Symo has no AC values at all.
        if now.isProducing {
            members += [
                ("FAC", value(now.frequencyHertz, "Hz", 2)), ("IAC", value(3 * now.phaseAmperes, "A", 2)),
                ("IDC", value(now.dcWatts / now.dcVolts, "A", 2)), ("PAC", value(now.acWatts, "W")),
            ]
        }
        members += [("TOTAL_ENERGY", value(now.totalWattHours, "Wh"))]
        if now.isProducing { members += [("UAC", value(now.phaseVolts, "V", 1))] }
        members += [("UDC", value(now.dcVolts, "V", 1)), ("YEAR_ENERGY", value(now.yearWattHours, "Wh"))]
        return .object(members)
    }

    private func cumulation(_ line: Datalogger.Line) -> JSONText {
        let now = line.reading
        var members: [(String, JSONText)] = [
            ("DAY_ENERGY", value(now.dayWattHours, "Wh")), ("DeviceStatus", status(now)),
        ]
        if now.isProducing { members += [("PAC", value(now.acWatts, "W"))] }
        members += [
            ("TOTAL_ENERGY", value(now.totalWattHours, "Wh")), ("YEAR_ENERGY", value(now.yearWattHours, "Wh")),
        ]
        return .object(members)
    }

    private func phases(_ line: Datalogger.Line) -> JSONText {
        let now = line.reading
        guard now.isProducing else { return [:] }
        let currents = (1...3).map { ("IAC_L\($0)", value(now.phaseAmperes, "A", 2)) }
        let voltages = (1...3).map { ("UAC_L\($0)", value(now.phaseVolts, "V", 1)) }
        return .object(currents + voltages)
    }

    private func systemData() -> JSONText {
        func values(_ quantity: (InverterReading) -> Double, _ unit: String) -> JSONText {
            [
                "Unit": .string(unit),
                "Values": .object(lines.map { (String($0.number), .number(quantity($0.reading))) }),
            ]
        }
        return [
            "DAY_ENERGY": values(\.dayWattHours, "Wh"), "PAC": values(\.acWatts, "W"),
            "TOTAL_ENERGY": values(\.totalWattHours, "Wh"), "YEAR_ENERGY": values(\.yearWattHours, "Wh"),
        ]
    }

    private func powerFlow() -> JSONText {
        let power = lines.reduce(0) { $0 + $1.reading.acWatts }
        func sum(_ quantity: (InverterReading) -> Double) -> JSONText {
            .number(lines.reduce(0) { $0 + quantity($1.reading) })
        }
        let inverters = lines.map { line -> (String, JSONText) in
            let now = line.reading
            return (
                String(line.number),
                [
                    "DT": .number(Double(deviceType)), "E_Day": .number(now.dayWattHours),
                    "E_Total": .number(now.totalWattHours), "E_Year": .number(now.yearWattHours),
                    "P": .number(now.acWatts),
                ]
            )
        }
        return [
            "Inverters": .object(inverters),
            "Site": [
                "E_Day": sum(\.dayWattHours), "E_Total": sum(\.totalWattHours), "E_Year": sum(\.yearWattHours),
                "Meter_Location": "unknown", "Mode": "produce-only", "P_Akku": nil, "P_Grid": nil, "P_Load": nil,
                "P_PV": power > 0 ? .number(power) : nil, "rel_Autonomy": nil, "rel_SelfConsumption": nil,
            ],
            "Version": "12",
        ]
    }

    private func inverterInfo() -> JSONText {
        .object(
            lines.map { line in
                (
                    String(line.number),
                    [
                        "CustomName": .string(Self.entities(line.name)), "DT": .number(Double(deviceType)),
                        "ErrorCode": isGEN24 || line.reading.isProducing ? 0 : 307,
                        "PVPower": .number(Double(line.ratedPowerWatts)), "Show": 1,
                        "StatusCode": isGEN24 || line.reading.isProducing ? 7 : 3,
                        "UniqueID": .string(serial(of: line)),
                    ]
                )
            })
    }

    private func activeDevices(_ query: [String: String]) -> JSONText {
        let inverters: JSONText = .object(
            lines.map {
                (String($0.number), ["DT": .number(Double(deviceType)), "Serial": .string(serial(of: $0))])
            })
        switch query["DeviceClass"] ?? "System" {
        case "System":
            return envelope(
                ["DeviceClass": "System"],
                [
                    "Inverter": inverters, "Meter": [:], "Ohmpilot": [:], "SensorCard": [:], "Storage": [:],
                    "StringControl": [:],
                ])
        case "Inverter": return envelope(["DeviceClass": "Inverter"], inverters)
        case let other where ["Meter", "Ohmpilot", "SensorCard", "Storage", "StringControl"].contains(other):
            return envelope(["DeviceClass": .string(other)], [:])
        default: return failure(query, Code.argumentError, "Invalid DeviceClass")
        }
    }

    private func loggerInfo() -> JSONText {
        [
            "CO2Factor": .number(0.53, decimals: 2), "CO2Unit": "kg", "CashCurrency": "EUR",
            "CashFactor": .number(0.08, decimals: 2), "DefaultLanguage": "en",
            "DeliveryFactor": .number(0.25, decimals: 2), "HWVersion": "2.4E", "PlatformID": "wilma",
            "ProductID": "fronius-datamanager-card", "SWVersion": "3.18.7-1", "TimezoneLocation": "UTC",
            "TimezoneName": "UTC", "UTCOffset": .number(Double(utcOffsetMinutes * 60)),
            "UniqueID": .string(identity.description),
        ]
    }

    private func leds() -> JSONText {
        [
            "PowerLED": ["Color": "green", "State": "on"],
            "SolarNetLED": ["Color": "green", "State": lines.isEmpty ? "off" : "on"],
            "SolarWebLED": ["Color": "none", "State": "off"], "WLANLED": ["Color": "none", "State": "off"],
        ]
    }

    /// What this plant has none of.
    private func absent(_ query: [String: String]) -> JSONText {
        guard query["Scope"] == "Device" else { return envelope(arguments(query), [:]) }
        return envelope(arguments(query), [:], code: Code.notAvailable, reason: "Device not available")
    }
}

/// Shapes.
extension FroniusAnswers {
    private func envelope(
        _ arguments: JSONText, _ data: JSONText, under name: String = "Data", code: Int = Code.okay,
        reason: String = ""
    ) -> JSONText {
        [
            "Body": .object([(name, data)]),
            "Head": [
                "RequestArguments": arguments,
                "Status": ["Code": .number(Double(code)), "Reason": .string(reason), "UserMessage": ""],
                "Timestamp": .string(time.iso8601(utcOffsetMinutes: utcOffsetMinutes)),
            ],
        ]
    }

    private func failure(_ query: [String: String], _ code: Int, _ reason: String) -> JSONText {
        envelope(arguments(query), [:], code: code, reason: reason)
    }

    private func arguments(_ query: [String: String]) -> JSONText {
        .object(query.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }

    private func value(_ value: Double, _ unit: String, _ decimals: Int = 0) -> JSONText {
        ["Unit": .string(unit), "Value": .number(value, decimals: decimals)]
    }

    private func status(_ now: InverterReading) -> JSONText {
        if isGEN24 { return ["ErrorCode": 0, "InverterState": "Running", "StatusCode": 7] }
        return [
            "ErrorCode": now.isProducing ? 0 : 307, "LEDColor": now.isProducing ? 2 : 1, "LEDState": 0,
            "MgmtTimerRemainingTime": -1, "StateToReset": false, "StatusCode": now.isProducing ? 7 : 3,
        ]
    }

    private func serial(of line: Datalogger.Line) -> String { "\(identity.plant)/\(line.name)" }

    /// A Symo writes every character of a name as an HTML entity.
    private static func entities(_ text: String) -> String {
        text.unicodeScalars.map { "&#\($0.value);" }.joined()
    }
}

/// The interface of Fronius' devices: everything below `/solar_api`.
struct FroniusInterface: DataloggerInterface {
    let isGEN24: Bool

    var link: String { "/solar_api/v1/GetPowerFlowRealtimeData.fcgi" }

    func answer(_ request: WebRequest, _ moment: DataloggerMoment) -> Datalogger.Answer? {
        let path = request.path
        guard path.hasPrefix("/solar_api"), request.method == "GET" || request.method == "HEAD" else { return nil }
        if path == "/solar_api/GetAPIVersion.cgi" {
            return .json(["APIVersion": 1, "BaseURL": "/solar_api/v1/", "CompatibilityRange": "1.6-3"])
        }
        let base = "/solar_api/v1/"
        let api = FroniusAnswers(
            time: moment.time, utcOffsetMinutes: moment.utcOffsetMinutes, identity: moment.identity,
            lines: moment.lines, isGEN24: isGEN24)
        guard path.hasPrefix(base), let value = api.answer(String(path.dropFirst(base.count)), request.query) else {
            return .json(["Error": "Not Found", "Path": .string(path)], status: 404)
        }
        return .json(value)
    }
}
