/// The models that our inverters are made of, as the SunSpec information models define them.
extension SunSpecModel {
    /// Common.
    static let common = SunSpecModel(
        1,
        """
        2 Mn string[16] | 18 Md string[16] | 34 Opt string[8] | 42 Vr string[8] | 50 SN string[16] | 66 DA uint16
        67 Pad pad
        """)

    /// Inverter, three phases.
    static let threePhaseInverter = SunSpecModel(
        103,
        """
        2 A uint16 | 3 AphA uint16 | 4 AphB uint16 | 5 AphC uint16 | 6 A_SF sunssf | 7 PPVphAB uint16
        8 PPVphBC uint16 | 9 PPVphCA uint16 | 10 PhVphA uint16 | 11 PhVphB uint16 | 12 PhVphC uint16
        13 V_SF sunssf | 14 W int16 | 15 W_SF sunssf | 16 Hz uint16 | 17 Hz_SF sunssf | 18 VA int16
        19 VA_SF sunssf | 20 VAr int16 | 21 VAr_SF sunssf | 22 PF int16 | 23 PF_SF sunssf | 24 WH acc32
        26 WH_SF sunssf | 27 DCA uint16 | 28 DCA_SF sunssf | 29 DCV uint16 | 30 DCV_SF sunssf | 31 DCW int16
        32 DCW_SF sunssf | 33 TmpCab int16 | 34 TmpSnk int16 | 35 TmpTrns int16 | 36 TmpOt int16 | 37 Tmp_SF sunssf
        38 St enum16 | 39 StVnd enum16 | 40 Evt1 bitfield32 | 42 Evt2 bitfield32 | 44 EvtVnd1 bitfield32
        46 EvtVnd2 bitfield32 | 48 EvtVnd3 bitfield32 | 50 EvtVnd4 bitfield32
        """)

    /// Nameplate.
    static let nameplate = SunSpecModel(
        120,
        """
        2 DERTyp enum16 | 3 WRtg uint16 | 4 WRtg_SF sunssf | 5 VARtg uint16 | 6 VARtg_SF sunssf | 7 VArRtgQ1 int16
        8 VArRtgQ2 int16 | 9 VArRtgQ3 int16 | 10 VArRtgQ4 int16 | 11 VArRtg_SF sunssf | 12 ARtg uint16
        13 ARtg_SF sunssf | 14 PFRtgQ1 int16 | 15 PFRtgQ2 int16 | 16 PFRtgQ3 int16 | 17 PFRtgQ4 int16
        18 PFRtg_SF sunssf | 19 WHRtg uint16 | 20 WHRtg_SF sunssf | 21 AhrRtg uint16 | 22 AhrRtg_SF sunssf
        23 MaxChaRte uint16 | 24 MaxChaRte_SF sunssf | 25 MaxDisChaRte uint16 | 26 MaxDisChaRte_SF sunssf
        27 Pad pad
        """)

    /// Basic settings.
    static let basicSettings = SunSpecModel(
        121,
        """
        2 WMax uint16 | 3 VRef uint16 | 4 VRefOfs int16 | 5 VMax uint16 | 6 VMin uint16 | 7 VAMax uint16
        8 VArMaxQ1 int16 | 9 VArMaxQ2 int16 | 10 VArMaxQ3 int16 | 11 VArMaxQ4 int16 | 12 WGra uint16
        13 PFMinQ1 int16 | 14 PFMinQ2 int16 | 15 PFMinQ3 int16 | 16 PFMinQ4 int16 | 17 VArAct enum16
        18 ClcTotVA enum16 | 19 MaxRmpRte uint16 | 20 ECPNomHz uint16 | 21 ConnPh enum16 | 22 WMax_SF sunssf
        23 VRef_SF sunssf | 24 VRefOfs_SF sunssf | 25 VMinMax_SF sunssf | 26 VAMax_SF sunssf | 27 VArMax_SF sunssf
        28 WGra_SF sunssf | 29 PFMin_SF sunssf | 30 MaxRmpRte_SF sunssf | 31 ECPNomHz_SF sunssf
        """)

    /// Measurements and status.
    static let measurementsStatus = SunSpecModel(
        122,
        """
        2 PVConn bitfield16 | 3 StorConn bitfield16 | 4 ECPConn bitfield16 | 5 ActWh acc64 | 9 ActVAh acc64
        13 ActVArhQ1 acc64 | 17 ActVArhQ2 acc64 | 21 ActVArhQ3 acc64 | 25 ActVArhQ4 acc64 | 29 VArAval int16
        30 VArAval_SF sunssf | 31 WAval uint16 | 32 WAval_SF sunssf | 33 StSetLimMsk bitfield32
        35 StActCtl bitfield32 | 37 TmSrc string[4] | 41 Tms uint32 | 43 RtSt bitfield16 | 44 Ris uint16
        45 Ris_SF sunssf
        """)

    /// Immediate controls.
    static let immediateControls = SunSpecModel(
        123,
        """
        2 Conn_WinTms uint16 | 3 Conn_RvrtTms uint16 | 4 Conn enum16 | 5 WMaxLimPct uint16
        6 WMaxLimPct_WinTms uint16 | 7 WMaxLimPct_RvrtTms uint16 | 8 WMaxLimPct_RmpTms uint16 | 9 WMaxLim_Ena enum16
        10 OutPFSet int16 | 11 OutPFSet_WinTms uint16 | 12 OutPFSet_RvrtTms uint16 | 13 OutPFSet_RmpTms uint16
        14 OutPFSet_Ena enum16 | 15 VArWMaxPct int16 | 16 VArMaxPct int16 | 17 VArAvalPct int16
        18 VArPct_WinTms uint16 | 19 VArPct_RvrtTms uint16 | 20 VArPct_RmpTms uint16 | 21 VArPct_Mod enum16
        22 VArPct_Ena enum16 | 23 WMaxLimPct_SF sunssf | 24 OutPFSet_SF sunssf | 25 VArPct_SF sunssf
        """)

    /// Multiple MPPT extension, with two modules of 20 registers.
    static let multipleMPPT = SunSpecModel(
        160,
        """
        2 DCA_SF sunssf | 3 DCV_SF sunssf | 4 DCW_SF sunssf | 5 DCWH_SF sunssf | 6 Evt bitfield32 | 8 N count
        9 TmsPer uint16
        """
    )
    .adding(module, named: "1", at: 10)
    .adding(module, named: "2", at: 30)

    private static let module = """
        0 ID uint16 | 1 IDStr string[8] | 9 DCA uint16 | 10 DCV uint16 | 11 DCW uint16 | 12 DCWH acc32
        14 Tms uint32 | 16 Tmp int16 | 17 DCSt enum16 | 18 DCEvt bitfield32
        """

    /// Inverter with floats; one phase, two and three have the same points.
    static let floatingInverter = SunSpecModel(
        113,
        """
        2 A float32 | 4 AphA float32 | 6 AphB float32 | 8 AphC float32 | 10 PPVphAB float32 | 12 PPVphBC float32
        14 PPVphCA float32 | 16 PhVphA float32 | 18 PhVphB float32 | 20 PhVphC float32 | 22 W float32 | 24 Hz float32
        26 VA float32 | 28 VAr float32 | 30 PF float32 | 32 WH float32 | 34 DCA float32 | 36 DCV float32
        38 DCW float32 | 40 TmpCab float32 | 42 TmpSnk float32 | 44 TmpTrns float32 | 46 TmpOt float32 | 48 St enum16
        49 StVnd enum16 | 50 Evt1 bitfield32 | 52 Evt2 bitfield32 | 54 EvtVnd1 bitfield32 | 56 EvtVnd2 bitfield32
        58 EvtVnd3 bitfield32 | 60 EvtVnd4 bitfield32
        """)

    /// Meter, three phases and neutral.
    static let wyeMeter = SunSpecModel(
        203,
        """
        2 A int16 | 3 AphA int16 | 4 AphB int16 | 5 AphC int16 | 6 A_SF sunssf | 7 PhV int16 | 8 PhVphA int16
        9 PhVphB int16 | 10 PhVphC int16 | 11 PPV int16 | 12 PhVphAB int16 | 13 PhVphBC int16 | 14 PhVphCA int16
        15 V_SF sunssf | 16 Hz int16 | 17 Hz_SF sunssf | 18 W int16 | 19 WphA int16 | 20 WphB int16 | 21 WphC int16
        22 W_SF sunssf | 23 VA int16 | 24 VAphA int16 | 25 VAphB int16 | 26 VAphC int16 | 27 VA_SF sunssf
        28 VAR int16 | 29 VARphA int16 | 30 VARphB int16 | 31 VARphC int16 | 32 VAR_SF sunssf | 33 PF int16
        34 PFphA int16 | 35 PFphB int16 | 36 PFphC int16 | 37 PF_SF sunssf | 38 TotWhExp acc32
        40 TotWhExpPhA acc32 | 42 TotWhExpPhB acc32 | 44 TotWhExpPhC acc32 | 46 TotWhImp acc32
        48 TotWhImpPhA acc32 | 50 TotWhImpPhB acc32 | 52 TotWhImpPhC acc32 | 54 TotWh_SF sunssf
        55 TotVAhExp acc32 | 57 TotVAhExpPhA acc32 | 59 TotVAhExpPhB acc32 | 61 TotVAhExpPhC acc32
        63 TotVAhImp acc32 | 65 TotVAhImpPhA acc32 | 67 TotVAhImpPhB acc32 | 69 TotVAhImpPhC acc32
        71 TotVAh_SF sunssf | 72 TotVArhImpQ1 acc32 | 74 TotVArhImpQ1PhA acc32 | 76 TotVArhImpQ1PhB acc32
        78 TotVArhImpQ1PhC acc32 | 80 TotVArhImpQ2 acc32 | 82 TotVArhImpQ2PhA acc32 | 84 TotVArhImpQ2PhB acc32
        86 TotVArhImpQ2PhC acc32 | 88 TotVArhExpQ3 acc32 | 90 TotVArhExpQ3PhA acc32 | 92 TotVArhExpQ3PhB acc32
        94 TotVArhExpQ3PhC acc32 | 96 TotVArhExpQ4 acc32 | 98 TotVArhExpQ4PhA acc32 | 100 TotVArhExpQ4PhB acc32
        102 TotVArhExpQ4PhC acc32 | 104 TotVArh_SF sunssf | 105 Evt bitfield32
        """)

    /// Irradiance, at one place.
    static let irradiance = SunSpecModel(302, "").adding(
        "0 GHI uint16 | 1 POAI uint16 | 2 DFI uint16 | 3 DNI uint16 | 4 OTI uint16", named: "1", at: 2)

    /// Base meteorology.
    static let baseMet = SunSpecModel(
        307,
        """
        2 TmpAmb int16 | 3 RH int16 | 4 Pres int16 | 5 WndSpd int16 | 6 WndDir int16 | 7 Rain int16 | 8 Snw int16
        9 PPT int16 | 10 ElecFld int16 | 11 SurWet int16 | 12 SoilWet int16
        """)

    /// Tracker controller with so many trackers.
    static func trackerController(count: Int) -> SunSpecModel {
        let controller = SunSpecModel(
            601,
            """
            2 Nam string[8] | 10 Typ enum16 | 11 DtLoc string[5] | 16 TmLoc string[3] | 19 Day uint16
            20 GlblElCtl int32 | 22 GlblAzCtl int32 | 24 GlblCtl enum16 | 25 GlblAlm bitfield16 | 26 Dgr_SF sunssf
            27 N uint16
            """)
        let tracker = """
            0 Id string[8] | 8 ElTrgt int32 | 10 AzTrgt int32 | 12 ElPos int32 | 14 AzPos int32 | 16 ElCtl int32
            18 AzCtl int32 | 20 Ctl enum16 | 21 Alm bitfield16
            """
        return (0..<count).reduce(controller) { $0.adding(tracker, named: "\($1 + 1)", at: 28 + 22 * $1) }
    }

    static let known: [SunSpecModel] = [
        common, threePhaseInverter.numbered(101), threePhaseInverter.numbered(102), threePhaseInverter,
        floatingInverter.numbered(111), floatingInverter.numbered(112), floatingInverter, nameplate, basicSettings,
        measurementsStatus, immediateControls, multipleMPPT, wyeMeter, irradiance, baseMet,
        trackerController(count: 1),
    ]
}
