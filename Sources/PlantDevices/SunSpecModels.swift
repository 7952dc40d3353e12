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

    static let known: [SunSpecModel] = [
        common, threePhaseInverter, nameplate, basicSettings, measurementsStatus, immediateControls, multipleMPPT,
    ]
}
