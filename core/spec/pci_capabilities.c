/* SPDX-License-Identifier: MIT */
/*
 * The capabilities. Power management, MSI, MSI-X, PCI Express and AER are named as in the NVMe over PCIe Transport
 * Specification 1.0; sections that start with "PCIe" are those of the PCI Express Base Specification, from which also
 * everything comes that the former does not describe (slots, roots, newer bits, the other capabilities).
 */
#include "spec/pci.h"

/* clang-format off */

/* The meaning comes first among the variable arguments, so that a row without an enumeration needs no empty one. */
#define F(name, bit, bits, access, ...) { name, bit, bits, LONE_##access, .meaning = __VA_ARGS__ }
#define ENUM(words) .kind = LONE_ENUM, .names = words
#define ADDRESS(unit_bytes) .kind = LONE_ADDRESS, .scale = unit_bytes
#define POW2(times, of) .kind = LONE_POW2, .scale = times, .unit = of

/* Size and title are constants of their own because a member of a const struct is none in C. */
#define REGISTER_OF(mnemonic, bytes, where, name_of_it, rows) \
    enum { size_##mnemonic = bytes }; \
    static const char title_##mnemonic[] = name_of_it; \
    static const struct lone_record reg_##mnemonic = { \
        .name = #mnemonic, .title = title_##mnemonic, .size = bytes, .flags = LONE_REGISTER, LONE_FIELDS(rows), .section = where }
#define REGISTER(mnemonic, bytes, where, name_of_it, ...) \
    static const struct lone_field rows_##mnemonic[] = { __VA_ARGS__ }; \
    REGISTER_OF(mnemonic, bytes, where, name_of_it, rows_##mnemonic)
#define AT(byte, mnemonic) \
    { #mnemonic, LONE_BYTE(byte), LONE_BYTE(size_##mnemonic), .kind = LONE_RECORD, .record = &reg_##mnemonic, .meaning = title_##mnemonic }

/* The record @id of the capability called @mnemonic; @n lets a shorter shape share the rows of a longer one. */
#define CAPABILITY_OF(id, mnemonic, bytes, specification, where, name_of_it, rows, n) \
    static const struct lone_record cap_##id = { \
        .name = mnemonic, .title = name_of_it, .size = bytes, .fields = rows, .n_fields = n, .spec = specification, .section = where }
#define CAPABILITY(id, bytes, specification, where, name_of_it, ...) \
    static const struct lone_field in_##id[] = { __VA_ARGS__ }; \
    CAPABILITY_OF(id, #id, bytes, specification, where, name_of_it, in_##id, LONE_COUNT(in_##id))

#define NVME "NVMe over PCIe 1.0"
#define PCIE "PCIe 5.0"

/* ---- words that several registers use ---- */

static const struct lone_name standard_id[] = {
    { 0x00, "Null", NULL },
    { 0x01, "PM", "PCI Power Management" },
    { 0x03, "VPD", "Vital Product Data" },
    { 0x05, "MSI", "Message Signaled Interrupts" },
    { 0x09, "VNDR", "Vendor-Specific" },
    { 0x0d, "SSVID", "Subsystem ID and Subsystem Vendor ID" },
    { 0x10, "PX", "PCI Express" },
    { 0x11, "MSIX", "MSI-X" },
    { 0x12, "SATA", "SATA Data/Index Configuration" },
    { 0x13, "AF", "Conventional PCI Advanced Features" },
    { 0x14, "EA", "Enhanced Allocation" },
    { .name = NULL },
};

static const struct lone_name extended_id[] = {
    { 0x0000, "Null", NULL },
    { 0x0001, "AER", "Advanced Error Reporting" },
    { 0x0002, "VC", "Virtual Channel" },
    { 0x0003, "DSN", "Device Serial Number" },
    { 0x0004, "PWR", "Power Budgeting" },
    { 0x000b, "VSEC", "Vendor-Specific" },
    { 0x000d, "ACS", "Access Control Services" },
    { 0x000e, "ARI", "Alternative Routing-ID Interpretation" },
    { 0x000f, "ATS", "Address Translation Services" },
    { 0x0010, "SRIOV", "Single Root I/O Virtualization" },
    { 0x0013, "PRI", "Page Request Interface" },
    { 0x0015, "REBAR", "Resizable BAR" },
    { 0x0016, "DPA", "Dynamic Power Allocation" },
    { 0x0017, "TPH", "TPH Requester" },
    { 0x0018, "LTR", "Latency Tolerance Reporting" },
    { 0x0019, "SPCIE", "Secondary PCI Express" },
    { 0x001b, "PASID", "Process Address Space ID" },
    { 0x001d, "DPC", "Downstream Port Containment" },
    { 0x001e, "L1SS", "L1 PM Substates" },
    { 0x001f, "PTM", "Precision Time Measurement" },
    { 0x0023, "DVSEC", "Designated Vendor-Specific" },
    { 0x0025, "DLF", "Data Link Feature" },
    { 0x0026, "PL16", "Physical Layer 16.0 GT/s" },
    { 0x0027, "LMR", "Lane Margining at the Receiver" },
    { 0x002a, "PL32", "Physical Layer 32.0 GT/s" },
    { 0x002e, "DOE", "Data Object Exchange" },
    { .name = NULL },
};

static const struct lone_name link_speed[] = {
    { 1, "2.5GT", "2.5 GT/s" },
    { 2, "5.0GT", "5.0 GT/s" },
    { 3, "8.0GT", "8.0 GT/s" },
    { 4, "16.0GT", "16.0 GT/s" },
    { 5, "32.0GT", "32.0 GT/s" },
    { 6, "64.0GT", "64.0 GT/s" },
    { .name = NULL },
};

static const struct lone_name link_width[] = {
    { 0x01, "x1", NULL },
    { 0x02, "x2", NULL },
    { 0x04, "x4", NULL },
    { 0x08, "x8", NULL },
    { 0x0c, "x12", NULL },
    { 0x10, "x16", NULL },
    { 0x20, "x32", NULL },
    { .name = NULL },
};

static const struct lone_name aspm[] = {
    { 0, "None", "No ASPM, or disabled" },
    { 1, "L0s", NULL },
    { 2, "L1", NULL },
    { 3, "L0s_L1", "L0s and L1" },
    { .name = NULL },
};

static const struct lone_name power_scale[] = {
    { 0, "1.0x", NULL },
    { 1, "0.1x", NULL },
    { 2, "0.01x", NULL },
    { 3, "0.001x", NULL },
    { .name = NULL },
};

static const struct lone_name latency_scale[] = {
    { 0, "1ns", NULL },
    { 1, "32ns", NULL },
    { 2, "1024ns", NULL },
    { 3, "32768ns", NULL },
    { 4, "1048576ns", NULL },
    { 5, "33554432ns", NULL },
    { .name = NULL },
};

static const struct lone_field rows_standard_header[] = {
    F("CID", 0, 8, RO, "Capability ID", ENUM(standard_id)),
    F("NEXT", 8, 8, RO, "Next Capability", ADDRESS(1)),
};
#define STANDARD_HEADER(mnemonic, where, name_of_it) REGISTER_OF(mnemonic, 2, where, name_of_it, rows_standard_header)

static const struct lone_field rows_extended_header[] = {
    F("CID", 0, 16, RO, "Capability ID", ENUM(extended_id)),
    F("CVER", 16, 4, RO, "Capability Version"),
    F("NEXT", 20, 12, RO, "Next Capability", ADDRESS(1)),
};
#define EXTENDED_HEADER(mnemonic, where, name_of_it) REGISTER_OF(mnemonic, 4, where, name_of_it, rows_extended_header)

/* ---- 01h: power management ---- */

static const struct lone_name aux_current[] = {
    { 0, "0mA", "self powered" },
    { 1, "55mA", NULL },
    { 2, "100mA", NULL },
    { 3, "160mA", NULL },
    { 4, "220mA", NULL },
    { 5, "270mA", NULL },
    { 6, "320mA", NULL },
    { 7, "375mA", NULL },
    { .name = NULL },
};

static const struct lone_name power_state[] = {
    { 0, "D0", NULL },
    { 1, "D1", NULL },
    { 2, "D2", NULL },
    { 3, "D3hot", NULL },
    { .name = NULL },
};

STANDARD_HEADER(PID, "3.8.2.1", "PCI Power Management Capability ID");

REGISTER(PC, 2, "3.8.2.2", "PCI Power Management Capabilities",
    F("VS", 0, 3, RO, "Version"),
    F("PMEC", 3, 1, RO, "PME Clock"),
    F("IRRD0", 4, 1, RO, "Immediate Readiness on Return to D0", .section = "PCIe 5.0 7.5.2.1"),
    F("DSI", 5, 1, RO, "Device Specific Initialization"),
    F("AUXC", 6, 3, RO, "Aux_Current", ENUM(aux_current)),
    F("D1S", 9, 1, RO, "D1_Support"),
    F("D2S", 10, 1, RO, "D2_Support"),
    F("PSUP", 11, 5, RO, "PME_Support (a bit each for D0, D1, D2, D3hot, D3cold)"));

REGISTER(PMCS, 2, "3.8.2.3", "PCI Power Management Control and Status",
    F("PS", 0, 2, RW, "Power State", ENUM(power_state)),
    F("NSFRST", 3, 1, RO, "No Soft Reset"),
    F("PMEE", 8, 1, RW, "PME Enable"),
    F("DSE", 9, 4, RW, "Data Select"),
    F("DSC", 13, 2, RO, "Data Scale", ENUM(power_scale)),
    F("PMES", 15, 1, RW1C, "PME Status"));

REGISTER(PMBSE, 1, "PCIe 4.0 7.5.2.2", "PCI-to-PCI Bridge Support Extensions",
    F("B2B3", 6, 1, RO, "B2/B3 Support for D3hot"),
    F("BPCCE", 7, 1, RO, "Bus Power/Clock Control Enable"));

REGISTER(PMDATA, 1, "PCIe 5.0 7.5.2.3", "Power Management Data",
    F("DATA", 0, 8, RO, "Data that DSE selects"));

CAPABILITY(PMCAP, 8, NVME, "3.8.2", "PCI Power Management Capabilities",
    AT(0, PID),
    AT(2, PC),
    AT(4, PMCS),
    AT(6, PMBSE),
    AT(7, PMDATA));

/* ---- 03h: VPD ---- */

STANDARD_HEADER(VPDID, "PCIe 5.0 7.9.19", "VPD Capability ID");

REGISTER(VPDADDR, 2, "PCIe 5.0 7.9.19", "VPD Address",
    F("ADDR", 0, 15, RW, "VPD Address", ADDRESS(1)),
    F("F", 15, 1, RW, "Flag (changes at the end of a transfer)"));

REGISTER(VPDDATA, 4, "PCIe 5.0 7.9.19", "VPD Data",
    F("DATA", 0, 32, RW, "VPD Data"));

CAPABILITY(VPDCAP, 8, PCIE, "7.9.19", "Vital Product Data",
    AT(0, VPDID),
    AT(2, VPDADDR),
    AT(4, VPDDATA));

/* ---- 05h: MSI, in four shapes ---- */

STANDARD_HEADER(MID, "3.8.3.1", "Message Signaled Interrupt Identifiers");

REGISTER(MC, 2, "3.8.3.2", "Message Signaled Interrupt Message Control",
    F("MSIE", 0, 1, RW, "MSI Enable"),
    F("MMC", 1, 3, RO, "Multiple Message Capable", POW2(1, "vectors")),
    F("MME", 4, 3, RW, "Multiple Message Enable", POW2(1, "vectors")),
    F("C64", 7, 1, RO, "64 Bit Address Capable"),
    F("PVM", 8, 1, RO, "Per-Vector Masking Capable"),
    F("EMDC", 9, 1, RO, "Extended Message Data Capable", .section = "PCIe 5.0 7.7.1.2"),
    F("EMDE", 10, 1, RW, "Extended Message Data Enable", .section = "PCIe 5.0 7.7.1.2"));

REGISTER(MA, 4, "3.8.3.3", "Message Signaled Interrupt Message Address",
    F("ADDR", 2, 30, RW, "Address", ADDRESS(4)));

REGISTER(MUA, 4, "3.8.3.4", "Message Signaled Interrupt Upper Address",
    F("UADDR", 0, 32, RW, "Upper Address"));

REGISTER(MD, 2, "3.8.3.5", "Message Signaled Interrupt Message Data",
    F("DATA", 0, 16, RW, "Data"));

REGISTER(MXD, 2, "PCIe 5.0 7.7.1.6", "Message Signaled Interrupt Extended Message Data",
    F("EDATA", 0, 16, RW, "Extended Message Data"));

REGISTER(MMASK, 4, "3.8.3.6", "Message Signaled Interrupt Mask Bits",
    F("MASK", 0, 32, RW, "Mask Bits"));

REGISTER(MPEND, 4, "3.8.3.7", "Message Signaled Interrupt Pending Bits",
    F("PEND", 0, 32, RO, "Pending Bits"));

/* The mask and pending bits come last, so the shapes without them are the beginnings of those with them. */
static const struct lone_field in_MSICAP_32[] = {
    AT(0x00, MID),
    AT(0x02, MC),
    AT(0x04, MA),
    AT(0x08, MD),
    AT(0x0a, MXD),
    AT(0x0c, MMASK),
    AT(0x10, MPEND),
};
static const struct lone_field in_MSICAP_64[] = {
    AT(0x00, MID),
    AT(0x02, MC),
    AT(0x04, MA),
    AT(0x08, MUA),
    AT(0x0c, MD),
    AT(0x0e, MXD),
    AT(0x10, MMASK),
    AT(0x14, MPEND),
};
CAPABILITY_OF(MSICAP_32, "MSICAP", 0x0c, NVME, "3.8.3", "Message Signaled Interrupt Capability, 32 bits", in_MSICAP_32, 5);
CAPABILITY_OF(MSICAP_32_PVM, "MSICAP", 0x14, NVME, "3.8.3", "Message Signaled Interrupt Capability, 32 bits, masks", in_MSICAP_32, 7);
CAPABILITY_OF(MSICAP_64, "MSICAP", 0x10, NVME, "3.8.3", "Message Signaled Interrupt Capability, 64 bits", in_MSICAP_64, 6);
CAPABILITY_OF(MSICAP_64_PVM, "MSICAP", 0x18, NVME, "3.8.3", "Message Signaled Interrupt Capability, 64 bits, masks", in_MSICAP_64, 8);

/* ---- 0Dh: subsystem vendor ID of bridges ---- */

STANDARD_HEADER(SSCID, "PCIe 5.0 7.9.24", "Subsystem Capability ID");

REGISTER(SS, 4, "PCIe 5.0 7.9.24", "Subsystem Identifiers",
    F("SSVID", 0, 16, RO, "Subsystem Vendor ID"),
    F("SSID", 16, 16, RO, "Subsystem ID"));

CAPABILITY(SSCAP, 8, PCIE, "7.9.24", "Subsystem ID and Subsystem Vendor ID",
    AT(0, SSCID),
    AT(4, SS));

/* ---- 10h: PCI Express ---- */

static const struct lone_name port_type[] = {
    { 0x0, "Endpoint", "PCI Express Endpoint" },
    { 0x1, "Legacy_endpoint", "Legacy PCI Express Endpoint" },
    { 0x4, "Root_port", "Root Port of PCI Express Root Complex" },
    { 0x5, "Upstream_port", "Upstream Port of PCI Express Switch" },
    { 0x6, "Downstream_port", "Downstream Port of PCI Express Switch" },
    { 0x7, "PCI_bridge", "PCI Express to PCI/PCI-X Bridge" },
    { 0x8, "PCIe_bridge", "PCI/PCI-X to PCI Express Bridge" },
    { 0x9, "RCiEP", "Root Complex Integrated Endpoint" },
    { 0xa, "RCEC", "Root Complex Event Collector" },
    { .name = NULL },
};

static const struct lone_name phantom_bits[] = {
    { 0, "None", "No function number bits" },
    { 1, "1_bit", "The most significant function number bit" },
    { 2, "2_bits", "The two most significant function number bits" },
    { 3, "3_bits", "All three function number bits" },
    { .name = NULL },
};

static const struct lone_name l0s_acceptable[] = {
    { 0, "64ns", NULL },
    { 1, "128ns", NULL },
    { 2, "256ns", NULL },
    { 3, "512ns", NULL },
    { 4, "1us", NULL },
    { 5, "2us", NULL },
    { 6, "4us", NULL },
    { 7, "No_limit", NULL },
    { .name = NULL },
};

static const struct lone_name l1_acceptable[] = {
    { 0, "1us", NULL },
    { 1, "2us", NULL },
    { 2, "4us", NULL },
    { 3, "8us", NULL },
    { 4, "16us", NULL },
    { 5, "32us", NULL },
    { 6, "64us", NULL },
    { 7, "No_limit", NULL },
    { .name = NULL },
};

static const struct lone_name l0s_exit[] = {
    { 0, "64ns", "Less than 64 ns" },
    { 1, "128ns", "64 ns to less than 128 ns" },
    { 2, "256ns", "128 ns to less than 256 ns" },
    { 3, "512ns", "256 ns to less than 512 ns" },
    { 4, "1us", "512 ns to less than 1 us" },
    { 5, "2us", "1 us to less than 2 us" },
    { 6, "4us", "2 us to 4 us" },
    { 7, "Above_4us", "More than 4 us" },
    { .name = NULL },
};

static const struct lone_name l1_exit[] = {
    { 0, "1us", "Less than 1 us" },
    { 1, "2us", "1 us to less than 2 us" },
    { 2, "4us", "2 us to less than 4 us" },
    { 3, "8us", "4 us to less than 8 us" },
    { 4, "16us", "8 us to less than 16 us" },
    { 5, "32us", "16 us to less than 32 us" },
    { 6, "64us", "32 us to 64 us" },
    { 7, "Above_64us", "More than 64 us" },
    { .name = NULL },
};

static const struct lone_name read_completion_boundary[] = {
    { 0, "64B", NULL },
    { 1, "128B", NULL },
    { .name = NULL },
};

static const struct lone_name drs_signaling[] = {
    { 0, "None", "DRS not reported" },
    { 1, "Interrupt", "DRS Interrupt Enabled" },
    { 2, "FRS", "DRS to FRS Signaling Enabled" },
    { .name = NULL },
};

static const struct lone_name indicator[] = {
    { 1, "On", NULL },
    { 2, "Blink", NULL },
    { 3, "Off", NULL },
    { .name = NULL },
};

static const struct lone_name power_controller[] = {
    { 0, "On", "Power On" },
    { 1, "Off", "Power Off" },
    { .name = NULL },
};

static const struct lone_name timeout_ranges[] = {
    { 0x0, "None", "Programming not supported" },
    { 0x1, "A", "50 us to 10 ms" },
    { 0x2, "B", "10 ms to 250 ms" },
    { 0x3, "A-B", "50 us to 250 ms" },
    { 0x6, "B-C", "10 ms to 4 s" },
    { 0x7, "A-C", "50 us to 4 s" },
    { 0xe, "B-D", "10 ms to 64 s" },
    { 0xf, "A-D", "50 us to 64 s" },
    { .name = NULL },
};

static const struct lone_name timeout_value[] = {
    { 0x0, "Default", "50 us to 50 ms" },
    { 0x1, "50us-100us", "Range A" },
    { 0x2, "1ms-10ms", "Range A" },
    { 0x5, "16ms-55ms", "Range B" },
    { 0x6, "65ms-210ms", "Range B" },
    { 0x9, "260ms-900ms", "Range C" },
    { 0xa, "1s-3.5s", "Range C" },
    { 0xd, "4s-13s", "Range D" },
    { 0xe, "17s-64s", "Range D" },
    { .name = NULL },
};

static const struct lone_name tph_completer[] = {
    { 0, "None", "TPH and Extended TPH Completer not supported" },
    { 1, "TPH", "TPH Completer supported; Extended TPH Completer not supported" },
    { 3, "TPH_extended", "Both TPH and Extended TPH Completer supported" },
    { .name = NULL },
};

static const struct lone_name ln_cls[] = {
    { 0, "None", "LN Completer not supported" },
    { 1, "64B", "64-byte cachelines" },
    { 2, "128B", "128-byte cachelines" },
    { .name = NULL },
};

static const struct lone_name obff_supported[] = {
    { 0, "None", NULL },
    { 1, "Message", NULL },
    { 2, "WAKE", "WAKE# signaling" },
    { 3, "WAKE_message", "WAKE# and Message signaling" },
    { .name = NULL },
};

static const struct lone_name obff_enable[] = {
    { 0, "Disabled", NULL },
    { 1, "Message_A", "Message signaling, variation A" },
    { 2, "Message_B", "Message signaling, variation B" },
    { 3, "WAKE", "WAKE# signaling" },
    { .name = NULL },
};

static const struct lone_name prefixes[] = {
    { 0, "Four", "4 End-End TLP Prefixes" },
    { 1, "One", "1 End-End TLP Prefix" },
    { 2, "Two", "2 End-End TLP Prefixes" },
    { 3, "Three", "3 End-End TLP Prefixes" },
    { .name = NULL },
};

static const struct lone_name power_reduction[] = {
    { 0, "None", "Emergency Power Reduction State not supported" },
    { 1, "Device", "Triggered by a device specific mechanism" },
    { 2, "Form_factor", "Triggered by a form factor or device specific mechanism" },
    { .name = NULL },
};

static const struct lone_name deemphasis[] = {
    { 0, "-6dB", NULL },
    { 1, "-3.5dB", NULL },
    { .name = NULL },
};

static const struct lone_name crosslink[] = {
    { 0, "Unsupported", "Crosslink Resolution is not supported" },
    { 1, "Upstream", "Resolved as an Upstream Port" },
    { 2, "Downstream", "Resolved as a Downstream Port" },
    { 3, "Incomplete", "Crosslink negotiation is not complete" },
    { .name = NULL },
};

static const struct lone_name downstream_component[] = {
    { 0, "Down_unknown", "Link down, presence not determined" },
    { 1, "Down_absent", "Link down, component not present" },
    { 2, "Down_present", "Link down, component present" },
    { 4, "Up_present", "Link up, component present" },
    { 5, "Up_DRS", "Link up, component present and DRS received" },
    { .name = NULL },
};

STANDARD_HEADER(PXID, "3.8.5.1", "PCI Express Capability ID");

REGISTER(PXCAP, 2, "3.8.5.2", "PCI Express Capabilities",
    F("VER", 0, 4, RO, "Capability Version"),
    F("DPT", 4, 4, RO, "Device/Port Type", ENUM(port_type)),
    F("SI", 8, 1, RO, "Slot Implemented"),
    F("IMN", 9, 5, RO, "Interrupt Message Number"));

REGISTER(PXDCAP, 4, "3.8.5.3", "PCI Express Device Capabilities",
    F("MPS", 0, 3, RO, "Max_Payload_Size Supported", POW2(128, "B")),
    F("PFS", 3, 2, RO, "Phantom Functions Supported", ENUM(phantom_bits)),
    F("ETFS", 5, 1, RO, "Extended Tag Field Supported"),
    F("L0SL", 6, 3, RO, "Endpoint L0s Acceptable Latency", ENUM(l0s_acceptable)),
    F("L1L", 9, 3, RO, "Endpoint L1 Acceptable Latency", ENUM(l1_acceptable)),
    F("RER", 15, 1, RO, "Role-based Error Reporting"),
    F("ECSC", 16, 1, RO, "ERR_COR Subclass Capable", .section = "PCIe 5.0 7.5.3.3"),
    F("CSPLV", 18, 8, RO, "Captured Slot Power Limit Value (W, times CSPLS)"),
    F("CSPLS", 26, 2, RO, "Captured Slot Power Limit Scale", ENUM(power_scale)),
    F("FLRC", 28, 1, RO, "Function Level Reset Capability"));

REGISTER(PXDC, 2, "3.8.5.4", "PCI Express Device Control",
    F("CERE", 0, 1, RW, "Correctable Error Reporting Enable"),
    F("NFERE", 1, 1, RW, "Non-Fatal Error Reporting Enable"),
    F("FERE", 2, 1, RW, "Fatal Error Reporting Enable"),
    F("URRE", 3, 1, RW, "Unsupported Request Reporting Enable"),
    F("ERO", 4, 1, RW, "Enable Relaxed Ordering"),
    F("MPS", 5, 3, RW, "Max_Payload_Size", POW2(128, "B")),
    F("ETE", 8, 1, RW, "Extended Tag Enable"),
    F("PFE", 9, 1, RW, "Phantom Functions Enable"),
    F("APPME", 10, 1, RW, "AUX Power PM Enable"),
    F("ENS", 11, 1, RW, "Enable No Snoop"),
    F("MRRS", 12, 3, RW, "Max_Read_Request_Size", POW2(128, "B")),
    F("IFLR", 15, 1, RW, "Initiate Function Level Reset (reads 0)"));

REGISTER(PXDS, 2, "3.8.5.5", "PCI Express Device Status",
    F("CED", 0, 1, RW1C, "Correctable Error Detected"),
    F("NFED", 1, 1, RW1C, "Non-Fatal Error Detected"),
    F("FED", 2, 1, RW1C, "Fatal Error Detected"),
    F("URD", 3, 1, RW1C, "Unsupported Request Detected"),
    F("APD", 4, 1, RO, "AUX Power Detected"),
    F("TP", 5, 1, RO, "Transactions Pending"),
    F("EPRD", 6, 1, RW1C, "Emergency Power Reduction Detected", .section = "PCIe 5.0 7.5.3.5"));

REGISTER(PXLCAP, 4, "3.8.5.6", "PCI Express Link Capabilities",
    F("SLS", 0, 4, RO, "Supported Link Speeds (the highest)", ENUM(link_speed)),
    F("MLW", 4, 6, RO, "Maximum Link Width", ENUM(link_width)),
    F("ASPMS", 10, 2, RO, "Active State Power Management Support", ENUM(aspm)),
    F("L0SEL", 12, 3, RO, "L0s Exit Latency", ENUM(l0s_exit)),
    F("L1EL", 15, 3, RO, "L1 Exit Latency", ENUM(l1_exit)),
    F("CPM", 18, 1, RO, "Clock Power Management"),
    F("SDERC", 19, 1, RO, "Surprise Down Error Reporting Capable"),
    F("DLLLA", 20, 1, RO, "Data Link Layer Link Active Reporting Capable"),
    F("LBNC", 21, 1, RO, "Link Bandwidth Notification Capability"),
    F("AOC", 22, 1, RO, "ASPM Optionality Compliance"),
    F("PN", 24, 8, RO, "Port Number"));

REGISTER(PXLC, 2, "3.8.5.7", "PCI Express Link Control",
    F("ASPMC", 0, 2, RW, "Active State Power Management Control", ENUM(aspm)),
    F("RCB", 3, 1, RW, "Read Completion Boundary", ENUM(read_completion_boundary)),
    F("LD", 4, 1, RW, "Link Disable", .section = "PCIe 5.0 7.5.3.7"),
    F("RL", 5, 1, RW, "Retrain Link (reads 0)", .section = "PCIe 5.0 7.5.3.7"),
    F("CCC", 6, 1, RW, "Common Clock Configuration"),
    F("ES", 7, 1, RW, "Extended Synch"),
    F("ECPM", 8, 1, RW, "Enable Clock Power Management"),
    F("HAWD", 9, 1, RW, "Hardware Autonomous Width Disable"),
    F("LBMIE", 10, 1, RW, "Link Bandwidth Management Interrupt Enable", .section = "PCIe 5.0 7.5.3.7"),
    F("LABIE", 11, 1, RW, "Link Autonomous Bandwidth Interrupt Enable", .section = "PCIe 5.0 7.5.3.7"),
    F("DRSSC", 14, 2, RW, "DRS Signaling Control", ENUM(drs_signaling), .section = "PCIe 5.0 7.5.3.7"));

REGISTER(PXLS, 2, "3.8.5.8", "PCI Express Link Status",
    F("CLS", 0, 4, RO, "Current Link Speed", ENUM(link_speed)),
    F("NLW", 4, 6, RO, "Negotiated Link Width", ENUM(link_width)),
    F("LT", 11, 1, RO, "Link Training", .section = "PCIe 5.0 7.5.3.8"),
    F("SCC", 12, 1, RO, "Slot Clock Configuration"),
    F("DLLLA", 13, 1, RO, "Data Link Layer Link Active", .section = "PCIe 5.0 7.5.3.8"),
    F("LBMS", 14, 1, RW1C, "Link Bandwidth Management Status", .section = "PCIe 5.0 7.5.3.8"),
    F("LABS", 15, 1, RW1C, "Link Autonomous Bandwidth Status", .section = "PCIe 5.0 7.5.3.8"));

REGISTER(PXSCAP, 4, "PCIe 5.0 7.5.3.9", "PCI Express Slot Capabilities",
    F("ABP", 0, 1, RO, "Attention Button Present"),
    F("PCP", 1, 1, RO, "Power Controller Present"),
    F("MRLSP", 2, 1, RO, "MRL Sensor Present"),
    F("AIP", 3, 1, RO, "Attention Indicator Present"),
    F("PIP", 4, 1, RO, "Power Indicator Present"),
    F("HPS", 5, 1, RO, "Hot-Plug Surprise"),
    F("HPC", 6, 1, RO, "Hot-Plug Capable"),
    F("SPLV", 7, 8, RO, "Slot Power Limit Value (W, times SPLS)"),
    F("SPLS", 15, 2, RO, "Slot Power Limit Scale", ENUM(power_scale)),
    F("EIP", 17, 1, RO, "Electromechanical Interlock Present"),
    F("NCCS", 18, 1, RO, "No Command Completed Support"),
    F("PSN", 19, 13, RO, "Physical Slot Number"));

REGISTER(PXSC, 2, "PCIe 5.0 7.5.3.10", "PCI Express Slot Control",
    F("ABPE", 0, 1, RW, "Attention Button Pressed Enable"),
    F("PFDE", 1, 1, RW, "Power Fault Detected Enable"),
    F("MRLSCE", 2, 1, RW, "MRL Sensor Changed Enable"),
    F("PDCE", 3, 1, RW, "Presence Detect Changed Enable"),
    F("CCIE", 4, 1, RW, "Command Completed Interrupt Enable"),
    F("HPIE", 5, 1, RW, "Hot-Plug Interrupt Enable"),
    F("AIC", 6, 2, RW, "Attention Indicator Control", ENUM(indicator)),
    F("PIC", 8, 2, RW, "Power Indicator Control", ENUM(indicator)),
    F("PCC", 10, 1, RW, "Power Controller Control", ENUM(power_controller)),
    F("EIC", 11, 1, RW, "Electromechanical Interlock Control (reads 0)"),
    F("DLLSCE", 12, 1, RW, "Data Link Layer State Changed Enable"),
    F("ASPLD", 13, 1, RW, "Auto Slot Power Limit Disable"),
    F("IBPDD", 14, 1, RW, "In-Band PD Disable"));

REGISTER(PXSS, 2, "PCIe 5.0 7.5.3.11", "PCI Express Slot Status",
    F("ABP", 0, 1, RW1C, "Attention Button Pressed"),
    F("PFD", 1, 1, RW1C, "Power Fault Detected"),
    F("MRLSC", 2, 1, RW1C, "MRL Sensor Changed"),
    F("PDC", 3, 1, RW1C, "Presence Detect Changed"),
    F("CC", 4, 1, RW1C, "Command Completed"),
    F("MRLSS", 5, 1, RO, "MRL Sensor State", LONE_TWO("Closed", NULL, "Open", NULL)),
    F("PDS", 6, 1, RO, "Presence Detect State", LONE_TWO("Empty", "slot empty", "Present", "adapter present")),
    F("EIS", 7, 1, RO, "Electromechanical Interlock Status", LONE_TWO("Disengaged", NULL, "Engaged", NULL)),
    F("DLLSC", 8, 1, RW1C, "Data Link Layer State Changed"));

REGISTER(PXRC, 2, "PCIe 5.0 7.5.3.12", "PCI Express Root Control",
    F("SECEE", 0, 1, RW, "System Error on Correctable Error Enable"),
    F("SENFEE", 1, 1, RW, "System Error on Non-Fatal Error Enable"),
    F("SEFEE", 2, 1, RW, "System Error on Fatal Error Enable"),
    F("PMEIE", 3, 1, RW, "PME Interrupt Enable"),
    F("CRSSVE", 4, 1, RW, "CRS Software Visibility Enable"));

REGISTER(PXRCAP, 2, "PCIe 5.0 7.5.3.13", "PCI Express Root Capabilities",
    F("CRSSV", 0, 1, RO, "CRS Software Visibility"));

REGISTER(PXRS, 4, "PCIe 5.0 7.5.3.14", "PCI Express Root Status",
    F("PMERID", 0, 16, RO, "PME Requester ID"),
    F("PMES", 16, 1, RW1C, "PME Status"),
    F("PMEP", 17, 1, RO, "PME Pending"));

REGISTER(PXDCAP2, 4, "3.8.5.9", "PCI Express Device Capabilities 2",
    F("CTRS", 0, 4, RO, "Completion Timeout Ranges Supported", ENUM(timeout_ranges)),
    F("CTDS", 4, 1, RO, "Completion Timeout Disable Supported"),
    F("ARIFS", 5, 1, RO, "ARI Forwarding Supported"),
    F("AORS", 6, 1, RO, "AtomicOp Routing Supported"),
    F("32AOCS", 7, 1, RO, "32-bit AtomicOp Completer Supported"),
    F("64AOCS", 8, 1, RO, "64-bit AtomicOp Completer Supported"),
    F("128CCS", 9, 1, RO, "128-bit CAS Completer Supported"),
    F("NPRPR", 10, 1, RO, "No RO-enabled PR-PR Passing"),
    F("LTRS", 11, 1, RO, "Latency Tolerance Reporting Supported"),
    F("TPHCS", 12, 2, RO, "TPH Completer Supported", ENUM(tph_completer)),
    F("LNSC", 14, 2, RO, "LN System CLS", ENUM(ln_cls), .section = "PCIe 5.0 7.5.3.15"),
    F("10BTCS", 16, 1, RO, "10-Bit Tag Completer Supported", .section = "PCIe 5.0 7.5.3.15"),
    F("10BTRS", 17, 1, RO, "10-Bit Tag Requester Supported", .section = "PCIe 5.0 7.5.3.15"),
    F("OBFFS", 18, 2, RO, "OBFF Supported", ENUM(obff_supported)),
    F("EFFS", 20, 1, RO, "Extended Fmt Field Supported"),
    F("EETPS", 21, 1, RO, "End-End TLP Prefix Supported"),
    F("MEETP", 22, 2, RO, "Max End-End TLP Prefixes", ENUM(prefixes)),
    F("EPRS", 24, 2, RO, "Emergency Power Reduction Supported", ENUM(power_reduction), .section = "PCIe 5.0 7.5.3.15"),
    F("EPRIR", 26, 1, RO, "Emergency Power Reduction Initialization Required", .section = "PCIe 5.0 7.5.3.15"),
    F("FRSS", 31, 1, RO, "FRS Supported", .section = "PCIe 5.0 7.5.3.15"));

REGISTER(PXDC2, 2, "3.8.5.10", "PCI Express Device Control 2",
    F("CTV", 0, 4, RW, "Completion Timeout Value", ENUM(timeout_value)),
    F("CTD", 4, 1, RW, "Completion Timeout Disable"),
    F("ARIFE", 5, 1, RW, "ARI Forwarding Enable", .section = "PCIe 5.0 7.5.3.16"),
    F("AORE", 6, 1, RW, "AtomicOp Requester Enable", .section = "PCIe 5.0 7.5.3.16"),
    F("AOEB", 7, 1, RW, "AtomicOp Egress Blocking", .section = "PCIe 5.0 7.5.3.16"),
    F("IDORE", 8, 1, RW, "IDO Request Enable", .section = "PCIe 5.0 7.5.3.16"),
    F("IDOCE", 9, 1, RW, "IDO Completion Enable", .section = "PCIe 5.0 7.5.3.16"),
    F("LTRME", 10, 1, RW, "Latency Tolerance Reporting Mechanism Enable"),
    F("EPRR", 11, 1, RW, "Emergency Power Reduction Request", .section = "PCIe 5.0 7.5.3.16"),
    F("10BTRE", 12, 1, RW, "10-Bit Tag Requester Enable", .section = "PCIe 5.0 7.5.3.16"),
    F("OBFFE", 13, 2, RW, "OBFF Enable", ENUM(obff_enable)),
    F("EETPB", 15, 1, RW, "End-End TLP Prefix Blocking", .section = "PCIe 5.0 7.5.3.16"));

/* All of these three is reserved up to PCIe 5.0; a row all the same, so that they can be read. */
REGISTER(PXDS2, 2, "PCIe 5.0 7.5.3.17", "PCI Express Device Status 2",
    F("RSVD", 0, 16, RO, "Reserved"));

REGISTER(PXLCAP2, 4, "PCIe 5.0 7.5.3.18", "PCI Express Link Capabilities 2",
    F("SLSV", 1, 7, RO, "Supported Link Speeds Vector (a bit each from 2.5 GT/s on)"),
    F("CLS", 8, 1, RO, "Crosslink Supported"),
    F("LSOSGS", 9, 7, RO, "Lower SKP OS Generation Supported Speeds Vector"),
    F("LSOSRS", 16, 7, RO, "Lower SKP OS Reception Supported Speeds Vector"),
    F("RPDS", 23, 1, RO, "Retimer Presence Detect Supported"),
    F("TRPDS", 24, 1, RO, "Two Retimers Presence Detect Supported"),
    F("DRSS", 31, 1, RO, "DRS Supported"));

REGISTER(PXLC2, 2, "PCIe 5.0 7.5.3.19", "PCI Express Link Control 2",
    F("TLS", 0, 4, RW, "Target Link Speed", ENUM(link_speed)),
    F("EC", 4, 1, RW, "Enter Compliance"),
    F("HASD", 5, 1, RW, "Hardware Autonomous Speed Disable"),
    F("SDE", 6, 1, RO, "Selectable De-emphasis", ENUM(deemphasis)),
    F("TM", 7, 3, RW, "Transmit Margin"),
    F("EMC", 10, 1, RW, "Enter Modified Compliance"),
    F("CSOS", 11, 1, RW, "Compliance SOS"),
    F("CPD", 12, 4, RW, "Compliance Preset/De-emphasis"));

REGISTER(PXLS2, 2, "PCIe 5.0 7.5.3.20", "PCI Express Link Status 2",
    F("CDL", 0, 1, RO, "Current De-emphasis Level", ENUM(deemphasis)),
    F("EQC", 1, 1, RO, "Equalization 8.0 GT/s Complete"),
    F("EQP1S", 2, 1, RO, "Equalization 8.0 GT/s Phase 1 Successful"),
    F("EQP2S", 3, 1, RO, "Equalization 8.0 GT/s Phase 2 Successful"),
    F("EQP3S", 4, 1, RO, "Equalization 8.0 GT/s Phase 3 Successful"),
    F("LER", 5, 1, RW1C, "Link Equalization Request 8.0 GT/s"),
    F("RPD", 6, 1, RO, "Retimer Presence Detected"),
    F("TRPD", 7, 1, RO, "Two Retimers Presence Detected"),
    F("CLR", 8, 2, RO, "Crosslink Resolution", ENUM(crosslink)),
    F("DCP", 12, 3, RO, "Downstream Component Presence", ENUM(downstream_component)),
    F("DRSMR", 15, 1, RW1C, "DRS Message Received"));

REGISTER(PXSCAP2, 4, "PCIe 5.0 7.5.3.21", "PCI Express Slot Capabilities 2",
    F("IBPDDS", 0, 1, RO, "In-Band PD Disable Supported"));

REGISTER(PXSC2, 2, "PCIe 5.0 7.5.3.22", "PCI Express Slot Control 2",
    F("RSVD", 0, 16, RO, "Reserved"));

REGISTER(PXSS2, 2, "PCIe 5.0 7.5.3.23", "PCI Express Slot Status 2",
    F("RSVD", 0, 16, RO, "Reserved"));

CAPABILITY(PXCAP, 0x3c, NVME, "3.8.5", "PCI Express Capability",
    AT(0x00, PXID),
    AT(0x02, PXCAP),
    AT(0x04, PXDCAP),
    AT(0x08, PXDC),
    AT(0x0a, PXDS),
    AT(0x0c, PXLCAP),
    AT(0x10, PXLC),
    AT(0x12, PXLS),
    AT(0x14, PXSCAP),
    AT(0x18, PXSC),
    AT(0x1a, PXSS),
    AT(0x1c, PXRC),
    AT(0x1e, PXRCAP),
    AT(0x20, PXRS),
    AT(0x24, PXDCAP2),
    AT(0x28, PXDC2),
    AT(0x2a, PXDS2),
    AT(0x2c, PXLCAP2),
    AT(0x30, PXLC2),
    AT(0x32, PXLS2),
    AT(0x34, PXSCAP2),
    AT(0x38, PXSC2),
    AT(0x3a, PXSS2));
CAPABILITY_OF(PXCAP_1, "PXCAP", 0x24, NVME, "3.8.5", "PCI Express Capability, version 1", in_PXCAP, 14);

/* ---- 11h: MSI-X ---- */

STANDARD_HEADER(MXID, "3.8.4.1", "MSI-X Identifiers");

static const struct lone_name bar_indicator[] = {
    { 0, "BAR0", "10h" },
    { 1, "BAR1", "14h" },
    { 2, "BAR2", "18h" },
    { 3, "BAR3", "1Ch" },
    { 4, "BAR4", "20h" },
    { 5, "BAR5", "24h" },
    { .name = NULL },
};

REGISTER(MXC, 2, "3.8.4.2", "MSI-X Message Control",
    F("TS", 0, 11, RO, "Table Size", .kind = LONE_ZERO_BASED, .unit = "vectors"),
    F("FM", 14, 1, RW, "Function Mask"),
    F("MXE", 15, 1, RW, "MSI-X Enable"));

REGISTER(MTAB, 4, "3.8.4.3", "MSI-X Table Offset / Table BIR",
    F("TBIR", 0, 3, RO, "Table BIR", ENUM(bar_indicator)),
    F("TO", 3, 29, RO, "Table Offset", ADDRESS(8)));

REGISTER(MPBA, 4, "3.8.4.4", "MSI-X PBA Offset / PBA BIR",
    F("PBIR", 0, 3, RO, "PBA BIR", ENUM(bar_indicator)),
    F("PBAO", 3, 29, RO, "PBA Offset", ADDRESS(8)));

CAPABILITY(MSIXCAP, 0x0c, NVME, "3.8.4", "MSI-X Capability",
    AT(0, MXID),
    AT(2, MXC),
    AT(4, MTAB),
    AT(8, MPBA));

/* ---- 0001h: AER ---- */

EXTENDED_HEADER(AERID, "3.8.6.1", "AER Capability ID");

/* The three uncorrectable error registers have a bit each for the same errors; @s ends the mnemonic, @word the name,
 * @words are what the values mean. */
#define UNCORRECTABLE(s, access, word, words) \
    F("DLPE" s, 4, 1, access, "Data Link Protocol Error " word, .names = words), \
    F("SDE" s, 5, 1, access, "Surprise Down Error " word, .names = words, .section = "PCIe 5.0 7.8.4"), \
    F("PT" s, 12, 1, access, "Poisoned TLP " word, .names = words), \
    F("FCPE" s, 13, 1, access, "Flow Control Protocol Error " word, .names = words), \
    F("CT" s, 14, 1, access, "Completion Timeout " word, .names = words), \
    F("CA" s, 15, 1, access, "Completer Abort " word, .names = words), \
    F("UC" s, 16, 1, access, "Unexpected Completion " word, .names = words), \
    F("RO" s, 17, 1, access, "Receiver Overflow " word, .names = words), \
    F("MT" s, 18, 1, access, "Malformed TLP " word, .names = words), \
    F("ECRCE" s, 19, 1, access, "ECRC Error " word, .names = words), \
    F("URE" s, 20, 1, access, "Unsupported Request Error " word, .names = words), \
    F("ACSV" s, 21, 1, access, "ACS Violation " word, .names = words), \
    F("UIE" s, 22, 1, access, "Uncorrectable Internal Error " word, .names = words), \
    F("MCBT" s, 23, 1, access, "MC Blocked TLP " word, .names = words), \
    F("AOEB" s, 24, 1, access, "AtomicOp Egress Blocked " word, .names = words), \
    F("TPBE" s, 25, 1, access, "TLP Prefix Blocked Error " word, .names = words), \
    F("PTEB" s, 26, 1, access, "Poisoned TLP Egress Blocked " word, .names = words, .section = "PCIe 5.0 7.8.4"), \
    F("DMWREB" s, 27, 1, access, "DMWr Request Egress Blocked " word, .names = words, .section = "PCIe 6.0 7.8.4"), \
    F("IDECF" s, 28, 1, access, "IDE Check Failed " word, .names = words, .section = "PCIe 6.0 7.8.4"), \
    F("MIDET" s, 29, 1, access, "Misrouted IDE TLP " word, .names = words, .section = "PCIe 6.0 7.8.4"), \
    F("PCRCCF" s, 30, 1, access, "PCRC Check Failed " word, .names = words, .section = "PCIe 6.0 7.8.4"), \
    F("TTEB" s, 31, 1, access, "TLP Translation Egress Blocked " word, .names = words, .section = "PCIe 6.0 7.8.4")

REGISTER(AERUCES, 4, "3.8.6.2", "AER Uncorrectable Error Status", UNCORRECTABLE("S", RW1C, "Status", NULL));
REGISTER(AERUCEM, 4, "3.8.6.3", "AER Uncorrectable Error Mask", UNCORRECTABLE("M", RW, "Mask", NULL));
static const struct lone_name severity[] = {{ 0, "NonFatal", NULL }, { 1, "Fatal", NULL }, { 0, NULL, NULL }};
REGISTER(AERUCESEV, 4, "3.8.6.4", "AER Uncorrectable Error Severity", UNCORRECTABLE("SEV", RW, "Severity", severity));

#define CORRECTABLE(s, access, word) \
    F("RE" s, 0, 1, access, "Receiver Error " word), \
    F("BT" s, 6, 1, access, "Bad TLP " word), \
    F("BD" s, 7, 1, access, "Bad DLLP " word), \
    F("RR" s, 8, 1, access, "REPLAY_NUM Rollover " word), \
    F("RT" s, 12, 1, access, "Replay Timer Timeout " word), \
    F("ANFE" s, 13, 1, access, "Advisory Non-Fatal Error " word), \
    F("CIE" s, 14, 1, access, "Corrected Internal Error " word), \
    F("HLO" s, 15, 1, access, "Header Log Overflow " word)

REGISTER(AERCES, 4, "3.8.6.5", "AER Correctable Error Status", CORRECTABLE("S", RW1C, "Status"));
REGISTER(AERCEM, 4, "3.8.6.6", "AER Correctable Error Mask", CORRECTABLE("M", RW, "Mask"));

REGISTER(AERCC, 4, "3.8.6.7", "AER Capabilities and Control",
    F("FEP", 0, 5, RO, "First Error Pointer (a bit number of AERUCES)"),
    F("EGC", 5, 1, RO, "ECRC Generation Capable"),
    F("EGE", 6, 1, RW, "ECRC Generation Enable"),
    F("ECC", 7, 1, RO, "ECRC Check Capable"),
    F("ECE", 8, 1, RW, "ECRC Check Enable"),
    F("MHRC", 9, 1, RO, "Multiple Header Recording Capable"),
    F("MHRE", 10, 1, RW, "Multiple Header Recording Enable"),
    F("TPLP", 11, 1, RO, "TLP Prefix Log Present"),
    F("CTPHLC", 12, 1, RO, "Completion Timeout Prefix/Header Log Capable", .section = "PCIe 5.0 7.8.4.7"));

/* The logs hold the TLP's bytes big-endian in each dword, hence the order. */
REGISTER(AERHL, 16, "3.8.6.8", "AER Header Log",
    F("HB3", LONE_BYTE(0), 8, RO, "Header Byte 3"),
    F("HB2", LONE_BYTE(1), 8, RO, "Header Byte 2"),
    F("HB1", LONE_BYTE(2), 8, RO, "Header Byte 1"),
    F("HB0", LONE_BYTE(3), 8, RO, "Header Byte 0"),
    F("HB7", LONE_BYTE(4), 8, RO, "Header Byte 7"),
    F("HB6", LONE_BYTE(5), 8, RO, "Header Byte 6"),
    F("HB5", LONE_BYTE(6), 8, RO, "Header Byte 5"),
    F("HB4", LONE_BYTE(7), 8, RO, "Header Byte 4"),
    F("HB11", LONE_BYTE(8), 8, RO, "Header Byte 11"),
    F("HB10", LONE_BYTE(9), 8, RO, "Header Byte 10"),
    F("HB9", LONE_BYTE(10), 8, RO, "Header Byte 9"),
    F("HB8", LONE_BYTE(11), 8, RO, "Header Byte 8"),
    F("HB15", LONE_BYTE(12), 8, RO, "Header Byte 15"),
    F("HB14", LONE_BYTE(13), 8, RO, "Header Byte 14"),
    F("HB13", LONE_BYTE(14), 8, RO, "Header Byte 13"),
    F("HB12", LONE_BYTE(15), 8, RO, "Header Byte 12"));

REGISTER(AERREC, 4, "PCIe 5.0 7.8.4.9", "AER Root Error Command",
    F("CERE", 0, 1, RW, "Correctable Error Reporting Enable"),
    F("NFERE", 1, 1, RW, "Non-Fatal Error Reporting Enable"),
    F("FERE", 2, 1, RW, "Fatal Error Reporting Enable"));

static const struct lone_name err_cor_subclass[] = {
    { 0, "Legacy", "ECS Legacy" },
    { 1, "SIG_SFW", "ECS SIG_SFW" },
    { 2, "SIG_OS", "ECS SIG_OS" },
    { 3, "Extended", "ECS Extended" },
    { .name = NULL },
};

REGISTER(AERRES, 4, "PCIe 5.0 7.8.4.10", "AER Root Error Status",
    F("ECR", 0, 1, RW1C, "ERR_COR Received"),
    F("MECR", 1, 1, RW1C, "Multiple ERR_COR Received"),
    F("EFNFR", 2, 1, RW1C, "ERR_FATAL/NONFATAL Received"),
    F("MEFNFR", 3, 1, RW1C, "Multiple ERR_FATAL/NONFATAL Received"),
    F("FUF", 4, 1, RW1C, "First Uncorrectable Fatal"),
    F("NFEMR", 5, 1, RW1C, "Non-Fatal Error Messages Received"),
    F("FEMR", 6, 1, RW1C, "Fatal Error Messages Received"),
    F("ECSC", 7, 2, RO, "ERR_COR Subclass", ENUM(err_cor_subclass)),
    F("AEIMN", 27, 5, RO, "Advanced Error Interrupt Message Number"));

REGISTER(AERESID, 4, "PCIe 5.0 7.8.4.11", "AER Error Source Identification",
    F("ECSI", 0, 16, RO, "ERR_COR Source Identification"),
    F("EFNFSI", 16, 16, RO, "ERR_FATAL/NONFATAL Source Identification"));

REGISTER(AERTLP, 16, "3.8.6.9", "AER TLP Prefix Log",
    F("TPL1B3", LONE_BYTE(0), 8, RO, "First TLP Prefix Log Byte 3"),
    F("TPL1B2", LONE_BYTE(1), 8, RO, "First TLP Prefix Log Byte 2"),
    F("TPL1B1", LONE_BYTE(2), 8, RO, "First TLP Prefix Log Byte 1"),
    F("TPL1B0", LONE_BYTE(3), 8, RO, "First TLP Prefix Log Byte 0"),
    F("TPL2B3", LONE_BYTE(4), 8, RO, "Second TLP Prefix Log Byte 3"),
    F("TPL2B2", LONE_BYTE(5), 8, RO, "Second TLP Prefix Log Byte 2"),
    F("TPL2B1", LONE_BYTE(6), 8, RO, "Second TLP Prefix Log Byte 1"),
    F("TPL2B0", LONE_BYTE(7), 8, RO, "Second TLP Prefix Log Byte 0"),
    F("TPL3B3", LONE_BYTE(8), 8, RO, "Third TLP Prefix Log Byte 3"),
    F("TPL3B2", LONE_BYTE(9), 8, RO, "Third TLP Prefix Log Byte 2"),
    F("TPL3B1", LONE_BYTE(10), 8, RO, "Third TLP Prefix Log Byte 1"),
    F("TPL3B0", LONE_BYTE(11), 8, RO, "Third TLP Prefix Log Byte 0"),
    F("TPL4B3", LONE_BYTE(12), 8, RO, "Fourth TLP Prefix Log Byte 3"),
    F("TPL4B2", LONE_BYTE(13), 8, RO, "Fourth TLP Prefix Log Byte 2"),
    F("TPL4B1", LONE_BYTE(14), 8, RO, "Fourth TLP Prefix Log Byte 1"),
    F("TPL4B0", LONE_BYTE(15), 8, RO, "Fourth TLP Prefix Log Byte 0"));

CAPABILITY(AERCAP, 0x48, NVME, "3.8.6", "Advanced Error Reporting Capability",
    AT(0x00, AERID),
    AT(0x04, AERUCES),
    AT(0x08, AERUCEM),
    AT(0x0c, AERUCESEV),
    AT(0x10, AERCES),
    AT(0x14, AERCEM),
    AT(0x18, AERCC),
    AT(0x1c, AERHL),
    AT(0x2c, AERREC),
    AT(0x30, AERRES),
    AT(0x34, AERESID),
    AT(0x38, AERTLP));
/* Version 1 is older than TLP prefixes: another capability may stand where their log would be. */
CAPABILITY_OF(AERCAP_1, "AERCAP", 0x38, NVME, "3.8.6", "Advanced Error Reporting Capability, version 1", in_AERCAP, 11);

/* ---- 0003h: device serial number ---- */

EXTENDED_HEADER(DSNID, "PCIe 5.0 7.9.3.1", "Device Serial Number Capability ID");

REGISTER(SN, 8, "PCIe 5.0 7.9.3.2", "Serial Number",
    F("SN", 0, 64, RO, "Device Serial Number (EUI-64)", .kind = LONE_EUI_LE));

CAPABILITY(DSN, 0x0c, PCIE, "7.9.3", "Device Serial Number",
    AT(0, DSNID),
    AT(4, SN));

/* ---- 000Dh: ACS ---- */

EXTENDED_HEADER(ACSID, "PCIe 5.0 7.7.8.1", "ACS Capability ID");

static const struct lone_name acs_target_access[] = {
    { 0, "Direct", "Direct Request access enabled" },
    { 1, "Block", "Request blocking enabled" },
    { 2, "Redirect", "Request redirect enabled" },
    { .name = NULL },
};

REGISTER(ACSCAP, 2, "PCIe 5.0 7.7.8.2", "ACS Capability",
    F("SV", 0, 1, RO, "ACS Source Validation"),
    F("TB", 1, 1, RO, "ACS Translation Blocking"),
    F("RR", 2, 1, RO, "ACS P2P Request Redirect"),
    F("CR", 3, 1, RO, "ACS P2P Completion Redirect"),
    F("UF", 4, 1, RO, "ACS Upstream Forwarding"),
    F("EC", 5, 1, RO, "ACS P2P Egress Control"),
    F("DT", 6, 1, RO, "ACS Direct Translated P2P"),
    F("EHC", 7, 1, RO, "ACS Enhanced Capability"),
    F("ECVS", 8, 8, RO, "Egress Control Vector Size (bits; 0: 256)"));

REGISTER(ACSCTL, 2, "PCIe 5.0 7.7.8.3", "ACS Control",
    F("SVE", 0, 1, RW, "ACS Source Validation Enable"),
    F("TBE", 1, 1, RW, "ACS Translation Blocking Enable"),
    F("RRE", 2, 1, RW, "ACS P2P Request Redirect Enable"),
    F("CRE", 3, 1, RW, "ACS P2P Completion Redirect Enable"),
    F("UFE", 4, 1, RW, "ACS Upstream Forwarding Enable"),
    F("ECE", 5, 1, RW, "ACS P2P Egress Control Enable"),
    F("DTE", 6, 1, RW, "ACS Direct Translated P2P Enable"),
    F("IORBE", 7, 1, RW, "ACS I/O Request Blocking Enable"),
    F("DMTAC", 8, 2, RW, "ACS DSP Memory Target Access Control", ENUM(acs_target_access)),
    F("UMTAC", 10, 2, RW, "ACS USP Memory Target Access Control", ENUM(acs_target_access)),
    F("URRC", 12, 1, RW, "ACS Unclaimed Request Redirect Control"));

REGISTER(ACSECV, 4, "PCIe 5.0 7.7.8.4", "ACS Egress Control Vector",
    F("ECV", 0, 32, RW, "Egress Control Vector, its first 32 bits"));

CAPABILITY(ACS, 0x0c, PCIE, "7.7.8", "Access Control Services",
    AT(0, ACSID),
    AT(4, ACSCAP),
    AT(6, ACSCTL),
    AT(8, ACSECV));
CAPABILITY_OF(ACS_no_vector, "ACS", 0x08, PCIE, "7.7.8", "Access Control Services, no Egress Control", in_ACS, 3);

/* ---- 000Eh: ARI ---- */

EXTENDED_HEADER(ARIID, "PCIe 5.0 7.8.7.1", "ARI Capability ID");

REGISTER(ARICAP, 2, "PCIe 5.0 7.8.7.2", "ARI Capability",
    F("MFVCFGC", 0, 1, RO, "MFVC Function Groups Capability"),
    F("ACSFGC", 1, 1, RO, "ACS Function Groups Capability"),
    F("NFN", 8, 8, RO, "Next Function Number"));

REGISTER(ARICTL, 2, "PCIe 5.0 7.8.7.3", "ARI Control",
    F("MFVCFGE", 0, 1, RW, "MFVC Function Groups Enable"),
    F("ACSFGE", 1, 1, RW, "ACS Function Groups Enable"),
    F("FG", 4, 3, RW, "Function Group"));

CAPABILITY(ARI, 8, PCIE, "7.8.7", "Alternative Routing-ID Interpretation",
    AT(0, ARIID),
    AT(4, ARICAP),
    AT(6, ARICTL));

/* ---- 000Fh: ATS ---- */

EXTENDED_HEADER(ATSID, "PCIe 5.0 10.5.1.1", "ATS Capability ID");

REGISTER(ATSCAP, 2, "PCIe 5.0 10.5.1.2", "ATS Capability",
    F("IQD", 0, 5, RO, "Invalidate Queue Depth (0: 32)"),
    F("PAR", 5, 1, RO, "Page Aligned Request"),
    F("GIS", 6, 1, RO, "Global Invalidate Supported"));

REGISTER(ATSCTL, 2, "PCIe 5.0 10.5.1.3", "ATS Control",
    F("STU", 0, 5, RW, "Smallest Translation Unit", POW2(4096, "B")),
    F("E", 15, 1, RW, "ATS Enable"));

CAPABILITY(ATS, 8, PCIE, "10.5.1", "Address Translation Services",
    AT(0, ATSID),
    AT(4, ATSCAP),
    AT(6, ATSCTL));

/* ---- 0010h: SR-IOV ---- */

EXTENDED_HEADER(SRIOVID, "PCIe 5.0 9.3.3.1", "SR-IOV Capability ID");

REGISTER(SRIOVCAP, 4, "PCIe 5.0 9.3.3.2", "SR-IOV Capabilities",
    F("VFMC", 0, 1, RO, "VF Migration Capable"),
    F("ARICHP", 1, 1, RO, "ARI Capable Hierarchy Preserved"),
    F("VF10BTRS", 2, 1, RO, "VF 10-Bit Tag Requester Supported"),
    F("VFMIMN", 21, 11, RO, "VF Migration Interrupt Message Number"));

REGISTER(SRIOVCTL, 2, "PCIe 5.0 9.3.3.3", "SR-IOV Control",
    F("VFE", 0, 1, RW, "VF Enable"),
    F("VFME", 1, 1, RW, "VF Migration Enable"),
    F("VFMIE", 2, 1, RW, "VF Migration Interrupt Enable"),
    F("VFMSE", 3, 1, RW, "VF Memory Space Enable (VF MSE)"),
    F("ARICH", 4, 1, RW, "ARI Capable Hierarchy"),
    F("VF10BTRE", 5, 1, RW, "VF 10-Bit Tag Requester Enable"));

REGISTER(SRIOVSTS, 2, "PCIe 5.0 9.3.3.4", "SR-IOV Status",
    F("VFMS", 0, 1, RW1C, "VF Migration Status"));

REGISTER(INITIALVFS, 2, "PCIe 5.0 9.3.3.5", "InitialVFs",
    F("INITIALVFS", 0, 16, RO, "InitialVFs"));

REGISTER(TOTALVFS, 2, "PCIe 5.0 9.3.3.6", "TotalVFs",
    F("TOTALVFS", 0, 16, RO, "TotalVFs"));

REGISTER(NUMVFS, 2, "PCIe 5.0 9.3.3.7", "NumVFs",
    F("NUMVFS", 0, 16, RW, "NumVFs"));

REGISTER(FDL, 1, "PCIe 5.0 9.3.3.8", "Function Dependency Link",
    F("FDL", 0, 8, RO, "Function Dependency Link"));

REGISTER(FVFO, 2, "PCIe 5.0 9.3.3.9", "First VF Offset",
    F("FVFO", 0, 16, RO, "First VF Offset"));

REGISTER(VFS, 2, "PCIe 5.0 9.3.3.10", "VF Stride",
    F("VFS", 0, 16, RO, "VF Stride"));

REGISTER(VFDID, 2, "PCIe 5.0 9.3.3.11", "VF Device ID",
    F("VFDID", 0, 16, RO, "VF Device ID"));

REGISTER(SPS, 4, "PCIe 5.0 9.3.3.12", "Supported Page Sizes",
    F("SPS", 0, 32, RO, "Supported Page Sizes (bit n: 2^(n+12) bytes)"));

REGISTER(SYSPS, 4, "PCIe 5.0 9.3.3.13", "System Page Size",
    F("SYSPS", 0, 32, RW, "System Page Size (bit n: 2^(n+12) bytes)"));

static const struct lone_name bar_type[] = {
    { 0, "32-bit", NULL },
    { 2, "64-bit", "the next BAR holds the upper half" },
    { .name = NULL },
};

static const struct lone_name resource_type[] = {
    { 0, "Memory", NULL },
    { 1, "IO", "not allowed for a VF" },
    { .name = NULL },
};

static const struct lone_field rows_vf_bar[] = {
    F("RTE", 0, 1, RO, "Resource Type Indicator", ENUM(resource_type)),
    F("TP", 1, 2, RO, "Type", ENUM(bar_type)),
    F("PF", 3, 1, RO, "Prefetchable"),
    F("BA", 4, 28, RW, "Base Address", ADDRESS(16)),
};
REGISTER_OF(VFBAR0, 4, "PCIe 5.0 9.3.3.14", "VF Base Address Register 0", rows_vf_bar);
REGISTER_OF(VFBAR1, 4, "PCIe 5.0 9.3.3.14", "VF Base Address Register 1", rows_vf_bar);
REGISTER_OF(VFBAR2, 4, "PCIe 5.0 9.3.3.14", "VF Base Address Register 2", rows_vf_bar);
REGISTER_OF(VFBAR3, 4, "PCIe 5.0 9.3.3.14", "VF Base Address Register 3", rows_vf_bar);
REGISTER_OF(VFBAR4, 4, "PCIe 5.0 9.3.3.14", "VF Base Address Register 4", rows_vf_bar);
REGISTER_OF(VFBAR5, 4, "PCIe 5.0 9.3.3.14", "VF Base Address Register 5", rows_vf_bar);

REGISTER(VFMSAO, 4, "PCIe 5.0 9.3.3.15", "VF Migration State Array Offset",
    F("VFMSBIR", 0, 3, RO, "VF Migration State BIR", ENUM(bar_indicator)),
    F("VFMSO", 3, 29, RO, "VF Migration State Offset", ADDRESS(8)));

CAPABILITY(SRIOV, 0x40, PCIE, "9.3.3", "Single Root I/O Virtualization",
    AT(0x00, SRIOVID),
    AT(0x04, SRIOVCAP),
    AT(0x08, SRIOVCTL),
    AT(0x0a, SRIOVSTS),
    AT(0x0c, INITIALVFS),
    AT(0x0e, TOTALVFS),
    AT(0x10, NUMVFS),
    AT(0x12, FDL),
    AT(0x14, FVFO),
    AT(0x16, VFS),
    AT(0x1a, VFDID),
    AT(0x1c, SPS),
    AT(0x20, SYSPS),
    AT(0x24, VFBAR0),
    AT(0x28, VFBAR1),
    AT(0x2c, VFBAR2),
    AT(0x30, VFBAR3),
    AT(0x34, VFBAR4),
    AT(0x38, VFBAR5),
    AT(0x3c, VFMSAO));

/* ---- 0013h: page request interface ---- */

EXTENDED_HEADER(PRIID, "PCIe 5.0 10.5.2.1", "Page Request Capability ID");

REGISTER(PRICTL, 2, "PCIe 5.0 10.5.2.2", "Page Request Control",
    F("E", 0, 1, RW, "Page Request Enable"),
    F("R", 1, 1, RW, "Reset (reads 0)"));

REGISTER(PRISTS, 2, "PCIe 5.0 10.5.2.3", "Page Request Status",
    F("RF", 0, 1, RW1C, "Response Failure"),
    F("UPRGI", 1, 1, RW1C, "Unexpected Page Request Group Index"),
    F("S", 8, 1, RO, "Stopped"),
    F("PRPR", 15, 1, RO, "PRG Response PASID Required"));

REGISTER(PRIOPRC, 4, "PCIe 5.0 10.5.2.4", "Outstanding Page Request Capacity",
    F("OPRC", 0, 32, RO, "Outstanding Page Request Capacity"));

REGISTER(PRIOPRA, 4, "PCIe 5.0 10.5.2.5", "Outstanding Page Request Allocation",
    F("OPRA", 0, 32, RW, "Outstanding Page Request Allocation"));

CAPABILITY(PRI, 0x10, PCIE, "10.5.2", "Page Request Interface",
    AT(0x00, PRIID),
    AT(0x04, PRICTL),
    AT(0x06, PRISTS),
    AT(0x08, PRIOPRC),
    AT(0x0c, PRIOPRA));

/* ---- 0018h: LTR ---- */

EXTENDED_HEADER(LTRID, "PCIe 5.0 7.8.2.1", "LTR Capability ID");

static const struct lone_field rows_ltr_latency[] = {
    F("LV", 0, 10, RW, "Latency Value (times LS)"),
    F("LS", 10, 3, RW, "Latency Scale", ENUM(latency_scale)),
};
REGISTER_OF(LTRMSL, 2, "PCIe 5.0 7.8.2.2", "Max Snoop Latency", rows_ltr_latency);
REGISTER_OF(LTRMNSL, 2, "PCIe 5.0 7.8.2.3", "Max No-Snoop Latency", rows_ltr_latency);

CAPABILITY(LTR, 8, PCIE, "7.8.2", "Latency Tolerance Reporting",
    AT(0, LTRID),
    AT(4, LTRMSL),
    AT(6, LTRMNSL));

/* ---- 0019h: secondary PCI Express ---- */

EXTENDED_HEADER(SPCIEID, "PCIe 5.0 7.7.3.1", "Secondary PCI Express Capability ID");

REGISTER(PXLC3, 4, "PCIe 5.0 7.7.3.2", "Link Control 3",
    F("PE", 0, 1, RW, "Perform Equalization"),
    F("LERIE", 1, 1, RW, "Link Equalization Request Interrupt Enable"),
    F("ELSOSGV", 9, 7, RW, "Enable Lower SKP OS Generation Vector"));

REGISTER(LES, 4, "PCIe 5.0 7.7.3.3", "Lane Error Status",
    F("LES", 0, 32, RW1C, "Lane Error Status (a bit a lane)"));

/* The lane equalization controls that follow are as many as the link has lanes, which this capability does not say. */
CAPABILITY(SPCIE, 0x0c, PCIE, "7.7.3", "Secondary PCI Express",
    AT(0, SPCIEID),
    AT(4, PXLC3),
    AT(8, LES));

/* ---- 001Bh: PASID ---- */

EXTENDED_HEADER(PASIDID, "PCIe 5.0 7.8.8.1", "PASID Capability ID");

REGISTER(PASIDCAP, 2, "PCIe 5.0 7.8.8.2", "PASID Capability",
    F("EPS", 1, 1, RO, "Execute Permission Supported"),
    F("PMS", 2, 1, RO, "Privileged Mode Supported"),
    F("MPW", 8, 5, RO, "Max PASID Width", .unit = "bits"));

REGISTER(PASIDCTL, 2, "PCIe 5.0 7.8.8.3", "PASID Control",
    F("PASIDE", 0, 1, RW, "PASID Enable"),
    F("EPE", 1, 1, RW, "Execute Permission Enable"),
    F("PME", 2, 1, RW, "Privileged Mode Enable"));

CAPABILITY(PASID, 8, PCIE, "7.8.8", "Process Address Space ID",
    AT(0, PASIDID),
    AT(4, PASIDCAP),
    AT(6, PASIDCTL));

/* ---- 001Dh: DPC ---- */

static const struct lone_name dpc_trigger[] = {
    { 0, "Disabled", NULL },
    { 1, "Fatal", "Unmasked uncorrectable error, or ERR_FATAL received" },
    { 2, "Nonfatal", "Unmasked uncorrectable error, or ERR_NONFATAL or ERR_FATAL received" },
    { .name = NULL },
};

static const struct lone_name dpc_completion[] = {
    { 0, "CA", "Completer Abort" },
    { 1, "UR", "Unsupported Request" },
    { .name = NULL },
};

static const struct lone_name dpc_reason[] = {
    { 0, "Uncorrectable", "Unmasked uncorrectable error" },
    { 1, "Nonfatal", "ERR_NONFATAL received" },
    { 2, "Fatal", "ERR_FATAL received" },
    { 3, "Extension", "DTRE says more" },
    { .name = NULL },
};

static const struct lone_name dpc_reason_extension[] = {
    { 0, "RP_PIO", "RP PIO error" },
    { 1, "Software", "DPC Software Trigger bit" },
    { .name = NULL },
};

EXTENDED_HEADER(DPCID, "PCIe 5.0 7.9.15.1", "DPC Capability ID");

REGISTER(DPCCAP, 2, "PCIe 5.0 7.9.15.2", "DPC Capability",
    F("DIMN", 0, 5, RO, "DPC Interrupt Message Number"),
    F("RPEDPC", 5, 1, RO, "RP Extensions for DPC"),
    F("PTEBS", 6, 1, RO, "Poisoned TLP Egress Blocking Supported"),
    F("DSTS", 7, 1, RO, "DPC Software Triggering Supported"),
    F("RPPLS", 8, 4, RO, "RP PIO Log Size", .unit = "dwords"),
    F("DLAECSS", 12, 1, RO, "DL_Active ERR_COR Signaling Supported"));

REGISTER(DPCCTL, 2, "PCIe 5.0 7.9.15.3", "DPC Control",
    F("DTE", 0, 2, RW, "DPC Trigger Enable", ENUM(dpc_trigger)),
    F("DCC", 2, 1, RW, "DPC Completion Control", ENUM(dpc_completion)),
    F("DIE", 3, 1, RW, "DPC Interrupt Enable"),
    F("DECE", 4, 1, RW, "DPC ERR_COR Enable"),
    F("PTEBE", 5, 1, RW, "Poisoned TLP Egress Blocking Enable"),
    F("DST", 6, 1, RW, "DPC Software Trigger (reads 0)"),
    F("DLAECE", 7, 1, RW, "DL_Active ERR_COR Enable"),
    F("SSFWE", 8, 1, RW, "DPC SIG_SFW Enable"));

REGISTER(DPCSTS, 2, "PCIe 5.0 7.9.15.4", "DPC Status",
    F("DTS", 0, 1, RW1C, "DPC Trigger Status"),
    F("DTR", 1, 2, RO, "DPC Trigger Reason", ENUM(dpc_reason)),
    F("DIS", 3, 1, RW1C, "DPC Interrupt Status"),
    F("DRPB", 4, 1, RO, "DPC RP Busy"),
    F("DTRE", 5, 2, RO, "DPC Trigger Reason Extension", ENUM(dpc_reason_extension)),
    F("RPPFEP", 8, 5, RO, "RP PIO First Error Pointer"),
    F("SSFWS", 13, 1, RW1C, "DPC SIG_SFW Status"));

REGISTER(DPCESID, 2, "PCIe 5.0 7.9.15.5", "DPC Error Source ID",
    F("ESID", 0, 16, RO, "DPC Error Source ID"));

/* The five RP PIO registers have a bit each for the same errors; @words are what the values mean. */
#define RP_PIO(access, words) \
    F("CFGUR", 0, 1, access, "Configuration Request received UR Completion", .names = words), \
    F("CFGCA", 1, 1, access, "Configuration Request received CA Completion", .names = words), \
    F("CFGCTO", 2, 1, access, "Configuration Request Completion Timeout", .names = words), \
    F("IOUR", 8, 1, access, "I/O Request received UR Completion", .names = words), \
    F("IOCA", 9, 1, access, "I/O Request received CA Completion", .names = words), \
    F("IOCTO", 10, 1, access, "I/O Request Completion Timeout", .names = words), \
    F("MEMUR", 16, 1, access, "Memory Request received UR Completion", .names = words), \
    F("MEMCA", 17, 1, access, "Memory Request received CA Completion", .names = words), \
    F("MEMCTO", 18, 1, access, "Memory Request Completion Timeout", .names = words)

static const struct lone_name pio_mask[] = {{ 0, "Reported", NULL }, { 1, "Masked", NULL }, { 0, NULL, NULL }};
static const struct lone_name pio_severity[] = {{ 0, "Advisory", NULL }, { 1, "Uncorrectable", NULL }, { 0, NULL, NULL }};
static const struct lone_name pio_syserr[] = {
    { 0, "None", NULL },
    { 1, "SysError", "raises a system error" },
    { 0, NULL, NULL },
};
static const struct lone_name pio_exception[] = {
    { 0, "None", NULL },
    { 1, "Exception", "raises an exception" },
    { 0, NULL, NULL },
};

REGISTER(RPPIOSTS, 4, "PCIe 5.0 7.9.15.6", "RP PIO Status", RP_PIO(RW1C, NULL));
REGISTER(RPPIOMASK, 4, "PCIe 5.0 7.9.15.7", "RP PIO Mask", RP_PIO(RW, pio_mask));
REGISTER(RPPIOSEV, 4, "PCIe 5.0 7.9.15.8", "RP PIO Severity", RP_PIO(RW, pio_severity));
REGISTER(RPPIOSYSERR, 4, "PCIe 5.0 7.9.15.9", "RP PIO SysError", RP_PIO(RW, pio_syserr));
REGISTER(RPPIOEXC, 4, "PCIe 5.0 7.9.15.10", "RP PIO Exception", RP_PIO(RW, pio_exception));

REGISTER(RPPIOHL, 16, "PCIe 5.0 7.9.15.11", "RP PIO Header Log",
    F("HL", 0, 32, RO, "Header Log, a dword each", .count = 4, .first = 1));

REGISTER(RPPIOIL, 4, "PCIe 5.0 7.9.15.12", "RP PIO ImpSpec Log",
    F("IL", 0, 32, RO, "Implementation Specific Log"));

REGISTER(RPPIOTPL, 16, "PCIe 5.0 7.9.15.13", "RP PIO TLP Prefix Log",
    F("TPL", 0, 32, RO, "TLP Prefix Log, a dword each", .count = 4, .first = 1));

CAPABILITY(DPC, 0x44, PCIE, "7.9.15", "Downstream Port Containment",
    AT(0x00, DPCID),
    AT(0x04, DPCCAP),
    AT(0x06, DPCCTL),
    AT(0x08, DPCSTS),
    AT(0x0a, DPCESID),
    AT(0x0c, RPPIOSTS),
    AT(0x10, RPPIOMASK),
    AT(0x14, RPPIOSEV),
    AT(0x18, RPPIOSYSERR),
    AT(0x1c, RPPIOEXC),
    AT(0x20, RPPIOHL),
    AT(0x30, RPPIOIL),
    AT(0x34, RPPIOTPL));
CAPABILITY_OF(DPC_no_root, "DPC", 0x0c, PCIE, "7.9.15", "Downstream Port Containment, no RP Extensions", in_DPC, 5);

/* ---- 001Eh: L1 PM substates ---- */

EXTENDED_HEADER(L1SSID, "PCIe 5.0 7.8.3.1", "L1 PM Substates Capability ID");

static const struct lone_name power_on_scale[] = {
    { 0, "2us", NULL },
    { 1, "10us", NULL },
    { 2, "100us", NULL },
    { .name = NULL },
};

REGISTER(L1SSCAP, 4, "PCIe 5.0 7.8.3.2", "L1 PM Substates Capabilities",
    F("PPL12S", 0, 1, RO, "PCI-PM L1.2 Supported"),
    F("PPL11S", 1, 1, RO, "PCI-PM L1.1 Supported"),
    F("AL12S", 2, 1, RO, "ASPM L1.2 Supported"),
    F("AL11S", 3, 1, RO, "ASPM L1.1 Supported"),
    F("L1PMSS", 4, 1, RO, "L1 PM Substates Supported"),
    F("LAS", 5, 1, RO, "Link Activation Supported"),
    F("PCMRT", 8, 8, RO, "Port Common_Mode_Restore_Time", .unit = "us"),
    F("PTPOS", 16, 2, RO, "Port T_POWER_ON Scale", ENUM(power_on_scale)),
    F("PTPOV", 19, 5, RO, "Port T_POWER_ON Value (times PTPOS)"));

REGISTER(L1SSCTL1, 4, "PCIe 5.0 7.8.3.3", "L1 PM Substates Control 1",
    F("PPL12E", 0, 1, RW, "PCI-PM L1.2 Enable"),
    F("PPL11E", 1, 1, RW, "PCI-PM L1.1 Enable"),
    F("AL12E", 2, 1, RW, "ASPM L1.2 Enable"),
    F("AL11E", 3, 1, RW, "ASPM L1.1 Enable"),
    F("LAIE", 4, 1, RW, "Link Activation Interrupt Enable"),
    F("LAC", 5, 1, RW, "Link Activation Control"),
    F("CMRT", 8, 8, RW, "Common_Mode_Restore_Time", .unit = "us"),
    F("LTRL12TV", 16, 10, RW, "LTR_L1.2_THRESHOLD_Value (times LTRL12TS)"),
    F("LTRL12TS", 29, 3, RW, "LTR_L1.2_THRESHOLD_Scale", ENUM(latency_scale)));

REGISTER(L1SSCTL2, 4, "PCIe 5.0 7.8.3.4", "L1 PM Substates Control 2",
    F("TPOS", 0, 2, RW, "T_POWER_ON Scale", ENUM(power_on_scale)),
    F("TPOV", 3, 5, RW, "T_POWER_ON Value (times TPOS)"));

REGISTER(L1SSSTS, 4, "PCIe 5.0 7.8.3.5", "L1 PM Substates Status",
    F("LAS", 0, 1, RW1C, "Link Activation Status"));

CAPABILITY(L1SS, 0x14, PCIE, "7.8.3", "L1 PM Substates",
    AT(0x00, L1SSID),
    AT(0x04, L1SSCAP),
    AT(0x08, L1SSCTL1),
    AT(0x0c, L1SSCTL2),
    AT(0x10, L1SSSTS));
CAPABILITY_OF(L1SS_1, "L1SS", 0x10, PCIE, "7.8.3", "L1 PM Substates, version 1", in_L1SS, 4);

/* ---- 001Fh: PTM ---- */

EXTENDED_HEADER(PTMID, "PCIe 5.0 7.9.16.1", "PTM Capability ID");

REGISTER(PTMCAP, 4, "PCIe 5.0 7.9.16.2", "PTM Capability",
    F("PTMRQC", 0, 1, RO, "PTM Requester Capable"),
    F("PTMRSC", 1, 1, RO, "PTM Responder Capable"),
    F("PTMRTC", 2, 1, RO, "PTM Root Capable"),
    F("LCG", 8, 8, RO, "Local Clock Granularity", .unit = "ns"));

REGISTER(PTMCTL, 4, "PCIe 5.0 7.9.16.3", "PTM Control",
    F("PTME", 0, 1, RW, "PTM Enable"),
    F("RS", 1, 1, RW, "Root Select"),
    F("EG", 8, 8, RW, "Effective Granularity", .unit = "ns"));

CAPABILITY(PTM, 0x0c, PCIE, "7.9.16", "Precision Time Measurement",
    AT(0, PTMID),
    AT(4, PTMCAP),
    AT(8, PTMCTL));

/* ---- the list: of several rows with one ID the first that fits is taken ---- */

const struct lone_capability lone_capabilities[] = {
    { 0x0001, false, "PMCAP", .record = &cap_PMCAP },
    { 0x0003, false, "VPDCAP", .record = &cap_VPDCAP },
    { 0x0005, false, "MSICAP", 2, 0x0180, 0x0000, &cap_MSICAP_32 },
    { 0x0005, false, "MSICAP", 2, 0x0180, 0x0080, &cap_MSICAP_64 },
    { 0x0005, false, "MSICAP", 2, 0x0180, 0x0100, &cap_MSICAP_32_PVM },
    { 0x0005, false, "MSICAP", 2, 0x0180, 0x0180, &cap_MSICAP_64_PVM },
    { 0x000d, false, "SSCAP", .record = &cap_SSCAP },
    { 0x0010, false, "PXCAP", 2, 0x000f, 0x0001, &cap_PXCAP_1 },
    { 0x0010, false, "PXCAP", .record = &cap_PXCAP },
    { 0x0011, false, "MSIXCAP", .record = &cap_MSIXCAP },
    { 0x0001, true, "AERCAP", 2, 0x000f, 0x0001, &cap_AERCAP_1 },
    { 0x0001, true, "AERCAP", .record = &cap_AERCAP },
    { 0x0003, true, "DSN", .record = &cap_DSN },
    { 0x000d, true, "ACS", 4, 0x0020, 0x0000, &cap_ACS_no_vector },
    { 0x000d, true, "ACS", .record = &cap_ACS },
    { 0x000e, true, "ARI", .record = &cap_ARI },
    { 0x000f, true, "ATS", .record = &cap_ATS },
    { 0x0010, true, "SRIOV", .record = &cap_SRIOV },
    { 0x0013, true, "PRI", .record = &cap_PRI },
    { 0x0018, true, "LTR", .record = &cap_LTR },
    { 0x0019, true, "SPCIE", .record = &cap_SPCIE },
    { 0x001b, true, "PASID", .record = &cap_PASID },
    { 0x001d, true, "DPC", 4, 0x0020, 0x0000, &cap_DPC_no_root },
    { 0x001d, true, "DPC", .record = &cap_DPC },
    { 0x001e, true, "L1SS", 2, 0x000f, 0x0001, &cap_L1SS_1 },
    { 0x001e, true, "L1SS", .record = &cap_L1SS },
    { 0x001f, true, "PTM", .record = &cap_PTM },
};
const size_t lone_n_capabilities = LONE_COUNT(lone_capabilities);
/* clang-format on */
