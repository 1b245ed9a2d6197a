/* SPDX-License-Identifier: MIT */
/*
 * A PCIe function through the kernel's VFIO: /dev/vfio/GROUP, a container with the type 1 IOMMU, and the function,
 * behind the device interface. What has to be true of the function, and what lone-setup does: bound to vfio-pci, as
 * every other function of its IOMMU group that has a driver, and /dev/vfio/GROUP readable and writable for the user.
 *
 * Opening resets the function where the kernel can (device->can_reset), and so does closing, however it comes about:
 * lone_device_close(), the end of the process, a signal. It takes the kernel some 100 ms each. A device that has
 * stopped answering is another matter: the kernel waits a minute for each way of resetting it that it tries, five
 * minutes in all, and the process cannot be killed meanwhile. So unmount, answer, tell the user first; then close.
 * While somebody unbinds the function it is closed without a reset.
 *
 * What goes where
 *   Configuration space goes through the kernel, one access of the same width each; the kernel's own rules are below.
 *   BARs are mapped into the process where the kernel allows that, and an access is then one instruction of that width
 *   and nothing else. What is not mapped (x86-64 apart: all) goes through the kernel: an access of 8 bytes is -EACCES
 *   there, since the kernel would make two of it, and so is the MSI-X table, which it hides there.
 *   A read of 4 or 8 bytes of a BAR that gives all ones is followed by one read of the class code, in configuration
 *   space: when that is all ones too, the device is gone, -ENODEV. So is a read of ID, which the kernel makes up for
 *   virtual functions. Nothing else is read or written of lone's own accord
 *   but at opening (the capability lists) and to tell why an access failed.
 *
 * An access to a mapped BAR while memory decoding is off (CMD.MSE), or the function is in D3hot, or away, raises
 * SIGBUS. lone catches that signal: opening the first device installs a handler for SIGBUS, once for the process and
 * for good. It acts on nothing but lone's own eight access instructions, whose access then fails with -EIO or -ENODEV
 * and the reason, and hands every other SIGBUS to the handler that was there before. Therefore: a program that installs
 * a handler of its own later must do likewise; and no thread that accesses a device may block SIGBUS, or the kernel
 * ends the process. Accesses to BARs may come from any thread, everything else from the thread that owns the device.
 *
 * What VFIO hides, drops or changes in configuration space (drivers/vfio/pci/vfio_pci_config.c of kernel 6.1; later
 * ones, read up to 6.19, do the same except where said otherwise)
 *   Not in the lists: Enhanced Allocation, Subsystem IDs of bridges, and every extended capability above LTR (0018h) in
 *   number: L1 PM Substates, Downstream Port Containment, Secondary PCI Express, Data Link Feature, Physical Layer
 *   16 GT/s, Lane Margining, PASID, Precision Time Measurement, before 6.3 DVSEC. The bytes at their offsets can be
 * read and written all the same: only the chain leads past them. Dropped, and here refused with -EACCES rather than
 * lost: writes of ones to STS, PXDS, PXLS, PXLS2, PMCS.PMES, PMCS.PMEE, PXDC.PFE, PXDC2.ARIFE; any write to PXLC and
 * PXLC2 (the latter not on a Root Complex Integrated Endpoint), to the MSI-X capability, to AERCC beyond the ECRC
 * enables, and to the extended capabilities other than AER, Power Budgeting, Vendor-Specific and DVSEC. MC.MSIE=1 while
 * MSI is not set up with lone_device_interrupts(). Writes to what the specifications call read-only are not refused:
 * they vanish here as they would in the device. Kept by the kernel and read back, but never given to the device: BAR0
 * to BAR5 and EROM (so sizing works and moving does not), the interrupt line, PXDC.MPS, CMD.ID (INTx masked in the
 * kernel), address and data of MSI. Carried out by the kernel in its own way: PXDC.IFLR becomes the kernel's function
 * reset, which is not always an FLR, and is skipped silently when it is busy; PXDC.MRRS is never set below MPS; PMCS.PS
 * goes through the kernel's power management, which brings back what a function without No Soft Reset loses; VPD is
 * read through the kernel. Shown differently: ID is what the kernel knows (so it does not tell whether the device is
 * still there), PME support is 0, the interrupt pin may be 0. CMD.MSE of a virtual function reads as the kernel
 * believes it to be. Where only some bits of a word can be written the kernel reads the word, merges and writes it
 * back: a write of 4 bytes at CMD thereby clears error bits in STS, so write 2. Interrupts: vectors cannot be masked
 * through VFIO, but the MSI-X table and PBA can be seen and written in the mapped BAR (the kernel owns the addresses
 * and data in it); to change the number of vectors all are taken down and set up again.
 */
#ifndef LONE_DEVICE_VFIO_H
#define LONE_DEVICE_VFIO_H

#include "device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens the function at @slot ("0000:3a:00.0", the domain may be left out). The caller owns *@device and ends it with
 * lone_device_close(). -EINVAL: @slot is not a PCI slot; -ENODEV: nothing is there; -EOPNOTSUPP: no IOMMU, or one that
 * the kernel does not let processes use; -EBUSY: another driver has it, or a function of its group, or the group is
 * open already, and stays so for the 5 seconds that this waits, since the kernel takes some time to free the group of a
 * process that has ended; -EACCES: no permission. The text says what to do. */
int lone_vfio_open(const char *slot, struct lone_device **device, struct lone_error *error);

#ifdef __cplusplus
}
#endif

#endif
