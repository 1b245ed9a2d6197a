/* SPDX-License-Identifier: MIT */
/*
 * The type 0 configuration header. Names and sections: NVMe over PCIe Transport Specification 1.0; what it leaves to
 * the PCI-SIG (Immediate Readiness, ROM validation) follows PCIe 5.0 7.5.1.
 */
#include "spec/pci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */

/* The meaning comes first among the variable arguments, so that a row without an enumeration needs no empty one. */
#define F(name, bit, bits, access, ...) { name, bit, bits, LONE_##access, .meaning = __VA_ARGS__ }
#define ENUM(words) .kind = LONE_ENUM, .names = words
#define ADDRESS(unit_bytes) .kind = LONE_ADDRESS, .scale = unit_bytes

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

static const struct lone_name devsel[] = {
    { 0, "Fast", NULL },
    { 1, "Medium", NULL },
    { 2, "Slow", NULL },
    { .name = NULL },
};

static const struct lone_name programming_interface[] = {
    { 0x01, "NVMHCI", "NVMHCI, of sub class 08h" },
    { 0x02, "NVMe", "NVM Express I/O controller, of sub class 08h" },
    { 0x03, "NVMe_admin", "NVM Express administrative controller, of sub class 08h" },
    { .name = NULL },
};

static const struct lone_name sub_class[] = {
    { 0x00, "SCSI", "of base class 01h" },
    { 0x01, "IDE", "of base class 01h" },
    { 0x04, "RAID", "of base class 01h" },
    { 0x06, "SATA", "of base class 01h" },
    { 0x07, "SAS", "of base class 01h" },
    { 0x08, "NVM", "Non-Volatile Memory controller, of base class 01h" },
    { 0x09, "UFS", "of base class 01h" },
    { .name = NULL },
};

static const struct lone_name base_class[] = {
    { 0x01, "Mass_storage", NULL },
    { 0x02, "Network", NULL },
    { 0x03, "Display", NULL },
    { 0x04, "Multimedia", NULL },
    { 0x05, "Memory", NULL },
    { 0x06, "Bridge", NULL },
    { 0x07, "Communication", NULL },
    { 0x08, "System_peripheral", NULL },
    { 0x0b, "Processor", NULL },
    { 0x0c, "Serial_bus", NULL },
    { 0x12, "Accelerator", "Processing accelerator" },
    { 0xff, "Unassigned", NULL },
    { .name = NULL },
};

static const struct lone_name header_layout[] = {
    { 0, "Type_0", "endpoint" },
    { 1, "Type_1", "bridge" },
    { 2, "CardBus", "CardBus bridge" },
    { .name = NULL },
};

static const struct lone_name resource_type[] = {
    { 0, "Memory", NULL },
    { 1, "IO", NULL },
    { .name = NULL },
};

static const struct lone_name bar_type[] = {
    { 0, "32-bit", NULL },
    { 1, "Below_1M", "32 bits, below 1 MiB; obsolete" },
    { 2, "64-bit", "the next BAR holds the upper half" },
    { .name = NULL },
};

static const struct lone_name rom_validation[] = {
    { 0, "None", "Validation not supported" },
    { 1, "In_progress", NULL },
    { 2, "Pass_valid", "Valid contents, trust test not performed" },
    { 3, "Pass_trusted", "Valid and trusted contents" },
    { 4, "Fail_invalid", "Invalid contents" },
    { 5, "Fail_untrusted", "Valid but untrusted contents" },
    { 6, "Warning_valid", "Valid contents, validation details say more" },
    { 7, "Warning_trusted", "Valid and trusted contents, validation details say more" },
    { .name = NULL },
};

static const struct lone_name interrupt_pin[] = {
    { 0, "None", NULL },
    { 1, "INTA", NULL },
    { 2, "INTB", NULL },
    { 3, "INTC", NULL },
    { 4, "INTD", NULL },
    { .name = NULL },
};

REGISTER(ID, 4, "3.8.1.1", "Identifiers",
    F("VID", 0, 16, RO, "Vendor ID"),
    F("DID", 16, 16, RO, "Device ID"));

REGISTER(CMD, 2, "3.8.1.2", "Command",
    F("IOSE", 0, 1, RW, "I/O Space Enable"),
    F("MSE", 1, 1, RW, "Memory Space Enable"),
    F("BME", 2, 1, RW, "Bus Master Enable"),
    F("SCE", 3, 1, RO, "Special Cycle Enable"),
    F("MWIE", 4, 1, RO, "Memory Write and Invalidate Enable"),
    F("VGA", 5, 1, RO, "VGA Palette Snooping Enable"),
    F("PEE", 6, 1, RW, "Parity Error Response Enable"),
    F("SEE", 8, 1, RW, "SERR# Enable"),
    F("FBE", 9, 1, RO, "Fast Back-to-Back Enable"),
    F("ID", 10, 1, RW, "Interrupt Disable"));

REGISTER(STS, 2, "3.8.1.3", "Device Status",
    F("IR", 0, 1, RO, "Immediate Readiness", .section = "PCIe 5.0 7.5.1.1.4"),
    F("IS", 3, 1, RO, "Interrupt Status"),
    F("CL", 4, 1, RO, "Capabilities List"),
    F("C66", 5, 1, RO, "66 MHz Capable"),
    F("FBC", 7, 1, RO, "Fast Back-to-Back Capable"),
    F("DPD", 8, 1, RW1C, "Master Data Parity Error Detected"),
    F("DEVT", 9, 2, RO, "DEVSEL# Timing", ENUM(devsel)),
    F("STA", 11, 1, RW1C, "Signaled Target-Abort"),
    F("RTA", 12, 1, RW1C, "Received Target-Abort"),
    F("RMA", 13, 1, RW1C, "Received Master-Abort"),
    F("SSE", 14, 1, RW1C, "Signaled System Error"),
    F("DPE", 15, 1, RW1C, "Detected Parity Error"));

REGISTER(RID, 1, "3.8.1.4", "Revision ID",
    F("RID", 0, 8, RO, "Revision ID"));

/* Numbers with known values, not enumerations: what a sub class means depends on the base class. */
REGISTER(CC, 3, "3.8.1.5", "Class Code",
    F("PI", 0, 8, RO, "Programming Interface", .names = programming_interface),
    F("SCC", 8, 8, RO, "Sub Class Code", .names = sub_class),
    F("BCC", 16, 8, RO, "Base Class Code", .names = base_class));

REGISTER(CLS, 1, "3.8.1.6", "Cache Line Size",
    F("CLS", 0, 8, RW, "Cache Line Size", .scale = 4, .unit = "B"));

REGISTER(MLT, 1, "3.8.1.7", "Master Latency Timer",
    F("MLT", 0, 8, RO, "Master Latency Timer"));

REGISTER(HTYPE, 1, "3.8.1.8", "Header Type",
    F("HL", 0, 7, RO, "Header Layout", ENUM(header_layout)),
    F("MFD", 7, 1, RO, "Multi-Function Device"));

REGISTER(BIST, 1, "3.8.1.9", "Built In Self Test",
    F("CC", 0, 4, RO, "Completion Code (0: passed)"),
    F("SB", 6, 1, RW, "Start BIST"),
    F("BC", 7, 1, RO, "BIST Capable"));

static const struct lone_field rows_bar[] = {
    F("RTE", 0, 1, RO, "Resource Type Indicator", ENUM(resource_type)),
    F("TP", 1, 2, RO, "Type", ENUM(bar_type)),
    F("PF", 3, 1, RO, "Prefetchable"),
    F("BA", 4, 28, RW, "Base Address", ADDRESS(16)),
};
static const struct lone_field rows_upper_bar[] = {
    F("BA", 0, 32, RW, "Base Address, upper 32 bits"),
};
REGISTER_OF(BAR0, 4, "3.8.1.10", "Memory Register Base Address, lower 32 bits (MLBAR)", rows_bar);
/* An NVMe controller's BAR0 is 64 bits wide, so BAR1 is the rest of the address and nothing else. */
REGISTER_OF(BAR1, 4, "3.8.1.11", "Memory Register Base Address, upper 32 bits (MUBAR)", rows_upper_bar);
REGISTER_OF(BAR2, 4, "3.8.1.12", "Base Address Register 2", rows_bar);
REGISTER_OF(BAR3, 4, "3.8.1.13", "Base Address Register 3", rows_bar);
REGISTER_OF(BAR4, 4, "3.8.1.14", "Base Address Register 4", rows_bar);
REGISTER_OF(BAR5, 4, "3.8.1.15", "Base Address Register 5", rows_bar);

REGISTER(CCPTR, 4, "3.8.1.16", "CardBus CIS Pointer",
    F("CCPTR", 0, 32, RO, "CardBus CIS Pointer"));

REGISTER(SS, 4, "3.8.1.17", "Subsystem Identifiers",
    F("SSVID", 0, 16, RO, "Subsystem Vendor ID"),
    F("SSID", 16, 16, RO, "Subsystem ID"));

REGISTER(EROM, 4, "3.8.1.18", "Expansion ROM",
    F("EN", 0, 1, RW, "Expansion ROM Enable", .section = "PCIe 5.0 7.5.1.2.4"),
    F("VS", 1, 3, RO, "Expansion ROM Validation Status", ENUM(rom_validation), .section = "PCIe 5.0 7.5.1.2.4"),
    F("VD", 4, 4, RO, "Expansion ROM Validation Details", .section = "PCIe 5.0 7.5.1.2.4"),
    F("RBA", 11, 21, RW, "ROM Base Address", ADDRESS(2048)));

REGISTER(CAP, 1, "3.8.1.19", "Capabilities Pointer",
    F("CP", 0, 8, RO, "Capability Pointer", ADDRESS(1)));

REGISTER(INTR, 2, "3.8.1.20", "Interrupt Information",
    F("ILINE", 0, 8, RW, "Interrupt Line"),
    F("IPIN", 8, 8, RO, "Interrupt Pin", ENUM(interrupt_pin)));

REGISTER(MGNT, 1, "3.8.1.21", "Minimum Grant",
    F("GNT", 0, 8, RO, "Grant"));

REGISTER(MLAT, 1, "3.8.1.22", "Maximum Latency",
    F("LAT", 0, 8, RO, "Latency"));

static const struct lone_field header[] = {
    AT(0x00, ID),
    AT(0x04, CMD),
    AT(0x06, STS),
    AT(0x08, RID),
    AT(0x09, CC),
    AT(0x0c, CLS),
    AT(0x0d, MLT),
    AT(0x0e, HTYPE),
    AT(0x0f, BIST),
    AT(0x10, BAR0),
    AT(0x14, BAR1),
    AT(0x18, BAR2),
    AT(0x1c, BAR3),
    AT(0x20, BAR4),
    AT(0x24, BAR5),
    AT(0x28, CCPTR),
    AT(0x2c, SS),
    AT(0x30, EROM),
    AT(0x34, CAP),
    AT(0x3c, INTR),
    AT(0x3e, MGNT),
    AT(0x3f, MLAT),
};

const struct lone_record lone_pci_header = {
    .name = "pci_header",
    .title = "PCI Header",
    .size = 0x40,
    LONE_FIELDS(header),
    .spec = "NVMe over PCIe 1.0",
    .section = "3.8.1",
};
/* clang-format on */

/* @digits: at least, at most. Moves *@text behind them and the character @end. */
static bool take_hex(const char **text, size_t least, size_t most, char end, unsigned long max, unsigned long *number)
{
    size_t length = strspn(*text, "0123456789abcdefABCDEF");

    if (length < least || length > most || (*text)[length] != end)
        return false;
    *number = strtoul(*text, NULL, 16);
    *text += length + (end != 0);
    return *number <= max;
}

bool lone_pci_slot(const char *text, char slot[LONE_PCI_SLOT_SIZE])
{
    const char *first = strchr(text, ':');
    unsigned long domain = 0, bus, device, function;

    if (first && strchr(first + 1, ':') && !take_hex(&text, 4, 8, ':', UINT32_MAX, &domain))
        return false;
    if (!take_hex(&text, 2, 2, ':', 0xff, &bus) || !take_hex(&text, 2, 2, '.', 0x1f, &device) ||
        !take_hex(&text, 1, 1, 0, 7, &function))
        return false;
    snprintf(slot, LONE_PCI_SLOT_SIZE, "%04x:%02x:%02x.%x", (unsigned)domain, (unsigned)bus, (unsigned)device,
             (unsigned)function);
    return true;
}
