/* SPDX-License-Identifier: MIT */
/* Status codes: NVMe Base 2.0, 3.3.3.2.1, and those of the NVM and Zoned Namespace command sets. */
#include <stddef.h>

#include "spec/nvme.h"

#define GENERIC  "3.3.3.2.1.1"
#define SPECIFIC "3.3.3.2.1.2"
#define MEDIA    "3.3.3.2.1.3"
#define PATH     "3.3.3.2.1.4"

/* clang-format off */
const struct lone_status lone_statuses[] = {
    { 0x000, "Successful Completion", .section = GENERIC },
    { 0x001, "Invalid Command Opcode", .section = GENERIC },
    { 0x002, "Invalid Field in Command", .section = GENERIC },
    { 0x003, "Command ID Conflict", .section = GENERIC },
    { 0x004, "Data Transfer Error", .section = GENERIC },
    { 0x005, "Commands Aborted due to Power Loss Notification", .section = GENERIC },
    { 0x006, "Internal Error", .section = GENERIC },
    { 0x007, "Command Abort Requested", .section = GENERIC },
    { 0x008, "Command Aborted due to SQ Deletion", .section = GENERIC },
    { 0x009, "Command Aborted due to Failed Fused Command", .section = GENERIC },
    { 0x00a, "Command Aborted due to Missing Fused Command", .section = GENERIC },
    { 0x00b, "Invalid Namespace or Format", .section = GENERIC },
    { 0x00c, "Command Sequence Error", .section = GENERIC },
    { 0x00d, "Invalid SGL Segment Descriptor", .section = GENERIC },
    { 0x00e, "Invalid Number of SGL Descriptors", .section = GENERIC },
    { 0x00f, "Data SGL Length Invalid", .section = GENERIC },
    { 0x010, "Metadata SGL Length Invalid", .section = GENERIC },
    { 0x011, "SGL Descriptor Type Invalid", .section = GENERIC },
    { 0x012, "Invalid Use of Controller Memory Buffer", .section = GENERIC },
    { 0x013, "PRP Offset Invalid", .section = GENERIC },
    { 0x014, "Atomic Write Unit Exceeded", .section = GENERIC },
    { 0x015, "Operation Denied", .section = GENERIC },
    { 0x016, "SGL Offset Invalid", .section = GENERIC },
    { 0x018, "Host Identifier Inconsistent Format", .section = GENERIC },
    { 0x019, "Keep Alive Timer Expired", .section = GENERIC },
    { 0x01a, "Keep Alive Timeout Invalid", .section = GENERIC },
    { 0x01b, "Command Aborted due to Preempt and Abort", .section = GENERIC },
    { 0x01c, "Sanitize Failed", .section = GENERIC },
    { 0x01d, "Sanitize In Progress", .section = GENERIC },
    { 0x01e, "SGL Data Block Granularity Invalid", .section = GENERIC },
    { 0x01f, "Command Not Supported for Queue in CMB", .section = GENERIC },
    { 0x020, "Namespace is Write Protected", .section = GENERIC },
    { 0x021, "Command Interrupted", .section = GENERIC },
    { 0x022, "Transient Transport Error", .section = GENERIC },
    { 0x023, "Command Prohibited by Command and Feature Lockdown", .section = GENERIC },
    { 0x024, "Admin Command Media Not Ready", .section = GENERIC },
    { 0x080, "LBA Out of Range", .section = GENERIC },
    { 0x081, "Capacity Exceeded", .section = GENERIC },
    { 0x082, "Namespace Not Ready", .section = GENERIC },
    { 0x083, "Reservation Conflict", .section = GENERIC },
    { 0x084, "Format In Progress", .section = GENERIC },
    { 0x085, "Invalid Value Size", .section = GENERIC },
    { 0x086, "Invalid Key Size", .section = GENERIC },
    { 0x087, "KV Key Does Not Exist", .section = GENERIC },
    { 0x088, "Unrecovered Error", .section = GENERIC },
    { 0x089, "Key Exists", .section = GENERIC },

    { 0x100, "Completion Queue Invalid", .section = SPECIFIC },
    { 0x101, "Invalid Queue Identifier", .section = SPECIFIC },
    { 0x102, "Invalid Queue Size", .section = SPECIFIC },
    { 0x103, "Abort Command Limit Exceeded", .section = SPECIFIC },
    { 0x105, "Asynchronous Event Request Limit Exceeded", .section = SPECIFIC },
    { 0x106, "Invalid Firmware Slot", .section = SPECIFIC },
    { 0x107, "Invalid Firmware Image", .section = SPECIFIC },
    { 0x108, "Invalid Interrupt Vector", .section = SPECIFIC },
    { 0x109, "Invalid Log Page", .section = SPECIFIC },
    { 0x10a, "Invalid Format", .section = SPECIFIC },
    { 0x10b, "Firmware Activation Requires Conventional Reset", .section = SPECIFIC },
    { 0x10c, "Invalid Queue Deletion", .section = SPECIFIC },
    { 0x10d, "Feature Identifier Not Saveable", .section = SPECIFIC },
    { 0x10e, "Feature Not Changeable", .section = SPECIFIC },
    { 0x10f, "Feature Not Namespace Specific", .section = SPECIFIC },
    { 0x110, "Firmware Activation Requires NVM Subsystem Reset", .section = SPECIFIC },
    { 0x111, "Firmware Activation Requires Controller Level Reset", .section = SPECIFIC },
    { 0x112, "Firmware Activation Requires Maximum Time Violation", .section = SPECIFIC },
    { 0x113, "Firmware Activation Prohibited", .section = SPECIFIC },
    { 0x114, "Overlapping Range", .section = SPECIFIC },
    { 0x115, "Namespace Insufficient Capacity", .section = SPECIFIC },
    { 0x116, "Namespace Identifier Unavailable", .section = SPECIFIC },
    { 0x118, "Namespace Already Attached", .section = SPECIFIC },
    { 0x119, "Namespace Is Private", .section = SPECIFIC },
    { 0x11a, "Namespace Not Attached", .section = SPECIFIC },
    { 0x11b, "Thin Provisioning Not Supported", .section = SPECIFIC },
    { 0x11c, "Controller List Invalid", .section = SPECIFIC },
    { 0x11d, "Device Self-test In Progress", .section = SPECIFIC },
    { 0x11e, "Boot Partition Write Prohibited", .section = SPECIFIC },
    { 0x11f, "Invalid Controller Identifier", .section = SPECIFIC },
    { 0x120, "Invalid Secondary Controller State", .section = SPECIFIC },
    { 0x121, "Invalid Number of Controller Resources", .section = SPECIFIC },
    { 0x122, "Invalid Resource Identifier", .section = SPECIFIC },
    { 0x123, "Sanitize Prohibited While Persistent Memory Region is Enabled", .section = SPECIFIC },
    { 0x124, "ANA Group Identifier Invalid", .section = SPECIFIC },
    { 0x125, "ANA Attach Failed", .section = SPECIFIC },
    { 0x126, "Insufficient Capacity", .section = SPECIFIC },
    { 0x127, "Namespace Attachment Limit Exceeded", .section = SPECIFIC },
    { 0x128, "Prohibition of Command Execution Not Supported", .section = SPECIFIC },
    { 0x129, "I/O Command Set Not Supported", .section = SPECIFIC },
    { 0x12a, "I/O Command Set Not Enabled", .section = SPECIFIC },
    { 0x12b, "I/O Command Set Combination Rejected", .section = SPECIFIC },
    { 0x12c, "Invalid I/O Command Set", .section = SPECIFIC },
    { 0x12d, "Identifier Unavailable", .section = SPECIFIC },
    /* Of discovery controllers, in later revisions of 2.0. */
    { 0x12f, "Invalid Discovery Information", .section = SPECIFIC },
    { 0x130, "Zoning Data Structure Locked", .section = SPECIFIC },
    { 0x131, "Zoning Data Structure Not Found", .section = SPECIFIC },
    { 0x132, "Insufficient Discovery Resources", .section = SPECIFIC },
    { 0x133, "Requested Function Disabled", .section = SPECIFIC },
    { 0x134, "ZoneGroup Originator Invalid", .section = SPECIFIC },

    { 0x180, "Conflicting Attributes", .io_only = true, .section = SPECIFIC },
    { 0x181, "Invalid Protection Information", .io_only = true, .section = SPECIFIC },
    { 0x182, "Attempted Write to Read Only Range", .io_only = true, .section = SPECIFIC },
    { 0x183, "Command Size Limit Exceeded", .io_only = true, .section = SPECIFIC },
    { 0x1b6, "Invalid Zone Operation Request", .io_only = true, .section = SPECIFIC },
    { 0x1b7, "ZRWA Resources Unavailable", .io_only = true, .section = SPECIFIC },
    { 0x1b8, "Zone Boundary Error", .io_only = true, .section = SPECIFIC },
    { 0x1b9, "Zone Is Full", .io_only = true, .section = SPECIFIC },
    { 0x1ba, "Zone Is Read Only", .io_only = true, .section = SPECIFIC },
    { 0x1bb, "Zone Is Offline", .io_only = true, .section = SPECIFIC },
    { 0x1bc, "Zone Invalid Write", .io_only = true, .section = SPECIFIC },
    { 0x1bd, "Too Many Active Zones", .io_only = true, .section = SPECIFIC },
    { 0x1be, "Too Many Open Zones", .io_only = true, .section = SPECIFIC },
    { 0x1bf, "Invalid Zone State Transition", .io_only = true, .section = SPECIFIC },
    /* Fabrics commands give the codes of the NVM command set other names. A PCIe controller never returns them, so they
     * stand behind those: the first row of a code is the one that lone_status_name() tells. */
    { 0x180, "Connect Incompatible Format", .section = SPECIFIC },
    { 0x181, "Connect Controller Busy", .section = SPECIFIC },
    { 0x182, "Connect Invalid Parameters", .section = SPECIFIC },
    { 0x183, "Connect Restart Discovery", .section = SPECIFIC },
    { 0x184, "Connect Invalid Host", .section = SPECIFIC },
    { 0x185, "Invalid Queue Type", .section = SPECIFIC },
    { 0x190, "Discover Restart", .section = SPECIFIC },
    { 0x191, "Authentication Required", .section = SPECIFIC },

    { 0x280, "Write Fault", .section = MEDIA },
    { 0x281, "Unrecovered Read Error", .section = MEDIA },
    { 0x282, "End-to-end Guard Check Error", .section = MEDIA },
    { 0x283, "End-to-end Application Tag Check Error", .section = MEDIA },
    { 0x284, "End-to-end Reference Tag Check Error", .section = MEDIA },
    { 0x285, "Compare Failure", .section = MEDIA },
    { 0x286, "Access Denied", .section = MEDIA },
    { 0x287, "Deallocated or Unwritten Logical Block", .section = MEDIA },
    { 0x288, "End-to-end Storage Tag Check Error", .section = MEDIA },

    { 0x300, "Internal Path Error", .section = PATH },
    { 0x301, "Asymmetric Access Persistent Loss", .section = PATH },
    { 0x302, "Asymmetric Access Inaccessible", .section = PATH },
    { 0x303, "Asymmetric Access Transition", .section = PATH },
    { 0x360, "Controller Pathing Error", .section = PATH },
    { 0x370, "Host Pathing Error", .section = PATH },
    { 0x371, "Command Aborted By Host", .section = PATH },
};
/* clang-format on */

const size_t lone_n_statuses = LONE_COUNT(lone_statuses);

const char *lone_status_name(uint16_t code)
{
    unsigned type = code >> 8 & 7, number = code & 0xff;

    for (size_t i = 0; i < lone_n_statuses; i++)
        if (lone_statuses[i].code == (code & 0x7ff))
            return lone_statuses[i].name;
    /* Status code type 7h is the vendor's; in each of the others the upper quarter, C0h to FFh, is. */
    if (type == 7 || (type <= 3 && number >= 0xc0))
        return "Vendor Specific";
    return "Reserved";
}
