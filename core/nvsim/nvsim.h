/* SPDX-License-Identifier: MIT */
/*
 * nvsim: an NVMe controller simulated in this process, behind the device interface. It has a configuration space, BARs,
 * queues and namespaces with data, and runs on a thread of its own that sleeps when there is nothing to do. It reaches
 * host memory only through the DMA map, as behind an IOMMU.
 */
#ifndef LONE_NVSIM_NVSIM_H
#define LONE_NVSIM_NVSIM_H

#include "../device/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Creates a simulated controller as it is after a power cycle, with its thread running. The caller owns *@device and
 * ends it with lone_device_close(). -ENOMEM, -EAGAIN (no thread). */
int lone_nvsim_open(struct lone_device **device, struct lone_error *error);

#ifdef __cplusplus
}
#endif

#endif
