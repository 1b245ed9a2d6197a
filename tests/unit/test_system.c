/* SPDX-License-Identifier: MIT */
/*
 * core/system on machines that do not exist: a directory with sys, proc, dev and run in it for each test, and a kernel
 * (kernel_write) that does what sysfs would do when a device is bound, unbound or probed, or fails where it is told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/system.h"

#define SLOT  "0000:3a:00.0"
#define OTHER "0000:3a:00.1"

struct machine {
    char root[64];
    struct lone_system system;
    struct lone_error error;
    char said[4096]; /* every line of say() */
    char wrote[4096];
    const char *fails;    /* writes to the file of this name fail, */
    int failures;         /* so often; -1: always */
    const char *takes_it; /* the driver that the kernel chooses without an override */
    const char *refuses;  /* a driver that does not take the device */
    bool no_node;         /* no /dev/vfio/N comes up */
};

/* --- Making trees --- */

static void path_of(const struct machine *m, char *path, size_t size, const char *name)
{
    assert_true(snprintf(path, size, "%s%s", m->root, name) < (int)size);
}

static void make_parents(const struct machine *m, const char *name)
{
    char path[512];

    path_of(m, path, sizeof(path), name);
    for (char *slash = strchr(path + strlen(m->root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
}

static void put(const struct machine *m, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    make_parents(m, name);
    path_of(m, path, sizeof(path), name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void put_directory(const struct machine *m, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/", name);
    make_parents(m, path);
}

static void put_link(const struct machine *m, const char *name, const char *target)
{
    char path[512];

    make_parents(m, name);
    path_of(m, path, sizeof(path), name);
    unlink(path);
    assert_int_equal(symlink(target, path), 0);
}

static void drop(const struct machine *m, const char *name)
{
    char path[512];

    path_of(m, path, sizeof(path), name);
    assert_int_equal(unlink(path), 0);
}

static bool is_there(const struct machine *m, const char *name)
{
    char path[512];

    path_of(m, path, sizeof(path), name);
    return access(path, F_OK) == 0;
}

static const char *text_of(const struct machine *m, const char *name)
{
    static char text[512];
    char path[512];
    size_t n;
    FILE *file;

    path_of(m, path, sizeof(path), name);
    file = fopen(path, "r");
    if (!file)
        return "nothing";
    n = fread(text, 1, sizeof(text) - 1, file);
    text[n] = 0;
    fclose(file);
    return text;
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

/* --- The kernel --- */

static void set_driver(const struct machine *m, const char *slot, const char *driver)
{
    char name[256], target[256];

    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/driver", slot);
    snprintf(target, sizeof(target), "../../../drivers/%s", driver);
    put_link(m, name, target);
}

static int kernel_probe(struct machine *m, const char *slot)
{
    char name[256], override[64];
    const char *driver;

    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/driver", slot);
    if (is_there(m, name))
        return 0;
    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/driver_override", slot);
    snprintf(override, sizeof(override), "%s", text_of(m, name));
    override[strcspn(override, "\n")] = 0;
    driver = override[0] && strcmp(override, "(null)") ? override : m->takes_it;
    if (!driver || (m->refuses && !strcmp(driver, m->refuses)))
        return 0;
    set_driver(m, slot, driver);
    if (!strcmp(driver, "vfio-pci") && !m->no_node)
        put(m, "/dev/vfio/19", "");
    return 0;
}

static int kernel_write(void *context, const char *path, const char *text)
{
    struct machine *m = context;
    const char *name = path + strlen(m->root), *last = strrchr(path, '/') + 1;
    char driver[256];

    snprintf(m->wrote + strlen(m->wrote), sizeof(m->wrote) - strlen(m->wrote), "%s=%.*s ", last,
             (int)strcspn(text, "\n"), text);
    if (m->fails && !strcmp(last, m->fails) && m->failures) {
        m->failures -= m->failures > 0;
        return -EIO;
    }
    if (!strcmp(last, "drivers_probe"))
        return kernel_probe(m, text);
    if (!strcmp(last, "unbind")) {
        snprintf(driver, sizeof(driver), "/sys/bus/pci/devices/%s/driver", text);
        drop(m, driver);
        if (is_there(m, "/dev/vfio/19"))
            drop(m, "/dev/vfio/19");
        return 0;
    }
    put(m, name, text[0] == '\n' ? "(null)\n" : text);
    return 0;
}

static void take_line(void *context, const char *line)
{
    struct machine *m = context;

    snprintf(m->said + strlen(m->said), sizeof(m->said) - strlen(m->said), "%s\n", line);
}

/* --- A machine with one NVMe controller in group 19 --- */

static void put_function(const struct machine *m, const char *slot, const char *class, const char *driver,
                         const char *group)
{
    char name[256], target[128];

    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/class", slot);
    put(m, name, class);
    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/vendor", slot);
    put(m, name, "0x8086\n");
    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/device", slot);
    put(m, name, "0x0a54\n");
    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/driver_override", slot);
    put(m, name, "(null)\n");
    if (driver)
        set_driver(m, slot, driver);
    if (!group)
        return;
    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/iommu_group", slot);
    snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%s", group);
    put_link(m, name, target);
    snprintf(name, sizeof(name), "/sys/kernel/iommu_groups/%s/devices/%s", group, slot);
    snprintf(target, sizeof(target), "../../../../bus/pci/devices/%s", slot);
    put_link(m, name, target);
}

/* A block device with its number; a partition below its disk too, as sysfs has it. */
static void put_block(const struct machine *m, const char *name, const char *disk, const char *number)
{
    char path[256], target[256];

    if (disk) {
        snprintf(path, sizeof(path), "/sys/block/%s/%s/partition", disk, name);
        put(m, path, "1\n");
        snprintf(path, sizeof(path), "/sys/block/%s/%s/dev", disk, name);
        put(m, path, number);
        snprintf(target, sizeof(target), "../../block/%s/%s", disk, name);
    } else {
        snprintf(path, sizeof(path), "/sys/block/%s/dev", name);
        put(m, path, number);
        snprintf(target, sizeof(target), "../../block/%s", name);
    }
    snprintf(path, sizeof(path), "/sys/class/block/%s", name);
    put_link(m, path, target);
}

/* The device's namespace, its disk, a partition of it. */
static void put_namespaces(const struct machine *m)
{
    put(m, "/sys/bus/pci/devices/" SLOT "/nvme/nvme0/state", "live\n");
    put_directory(m, "/sys/bus/pci/devices/" SLOT "/nvme/nvme0/nvme0n1");
    put_block(m, "nvme0n1", NULL, "259:0\n");
    put_block(m, "nvme0n1p2", "nvme0n1", "259:2\n");
    put(m, "/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    put(m, "/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
}

static int begin(void **state)
{
    struct machine *m = calloc(1, sizeof(*m));

    if (!m)
        return -1;
    snprintf(m->root, sizeof(m->root), "/tmp/lone-system.XXXXXX");
    if (!mkdtemp(m->root))
        return -1;
    m->system = (struct lone_system){.root = m->root, .say = take_line, .write = kernel_write, .context = m};
    m->takes_it = "nvme";
    put_directory(m, "/dev/vfio");
    put_directory(m, "/run");
    put_directory(m, "/sys/bus/pci/drivers/nvme");
    put_directory(m, "/sys/bus/pci/drivers/vfio-pci");
    put_function(m, SLOT, "0x010802\n", "nvme", "19");
    put_namespaces(m);
    *state = m;
    return 0;
}

static int end(void **state)
{
    struct machine *m = *state;

    nftw(m->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(m);
    return 0;
}

static const char *driver_of(const struct machine *m, const char *slot)
{
    static char target[256];
    char name[128], path[512];
    ssize_t n;

    snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/driver", slot);
    path_of(m, path, sizeof(path), name);
    n = readlink(path, target, sizeof(target) - 1);
    if (n < 0)
        return "none";
    target[n] = 0;
    return strrchr(target, '/') + 1;
}

#define OVERRIDE "/sys/bus/pci/devices/" SLOT "/driver_override"

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in \"%s\"", part, text);
}

/* --- Finding and listing --- */

static void finds_by_slot(void **state)
{
    struct machine *m = *state;
    struct lone_pci_device device;
    static const char *const wrong[] = {"",
                                        "nvsim",
                                        "3a",
                                        "3a:00",
                                        "3a:00.8",
                                        "3a:0.0",
                                        "03a:00.0",
                                        "0000:3a:00.0 ",
                                        "000:3a:00.0",
                                        "0000:3a:00.00",
                                        "0000:zz:00.0",
                                        "../0000:3a:00.0",
                                        "123456789:3a:00.0"};

    assert_int_equal(lone_pci_find(&m->system, "3A:00.0", &device, &m->error), 0);
    assert_string_equal(device.slot, SLOT);
    assert_int_equal(device.vid, 0x8086);
    assert_int_equal(device.did, 0x0a54);
    assert_string_equal(device.driver, "nvme");
    assert_string_equal(device.owner, "");
    assert_int_equal(device.group, 19);
    assert_false(device.in_use);
    assert_int_equal(lone_pci_find(&m->system, SLOT, &device, &m->error), 0);
    assert_int_equal(lone_pci_find(&m->system, "0000:3b:00.0", &device, &m->error), -ENODEV);
    assert_has(m->error.text, "no PCI device at 0000:3b:00.0");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_int_equal(lone_pci_find(&m->system, wrong[i], &device, &m->error), -EINVAL);
        assert_has(m->error.text, "is not a PCI slot");
    }
}

static void lists_in_order(void **state)
{
    struct machine *m = *state;
    struct lone_pci_device *devices;
    struct passwd *user;

    put_function(m, "10000:01:00.0", "0x010802\n", NULL, NULL);
    put_function(m, "0001:01:00.0", "0x010802\n", "vfio-pci", "7");
    put_function(m, "0000:00:1f.2", "0x010601\n", "ahci", "4");
    put_directory(m, "/sys/bus/pci/devices/not-a-slot");
    put(m, "/dev/vfio/7", "");
    put(m, "/sys/bus/pci/devices/" SLOT "/modalias", "pci:v00008086d00000A54sv00001AF4sd00001100bc01sc08i02\n");

    assert_int_equal(lone_pci_list(&m->system, false, &devices, &m->error), 3);
    assert_string_equal(devices[0].slot, SLOT);
    /* Where there is a database. */
    if (devices[0].info[0])
        assert_has(devices[0].info, "Intel Corporation NVMe Datacenter SSD");
    assert_string_equal(devices[1].slot, "0001:01:00.0");
    assert_string_equal(devices[1].driver, "vfio-pci");
    user = getpwuid(getuid());
    if (user)
        assert_string_equal(devices[1].owner, user->pw_name);
    assert_string_equal(devices[2].slot, "10000:01:00.0");
    assert_string_equal(devices[2].driver, "");
    assert_int_equal(devices[2].group, -1);
    free(devices);

    assert_int_equal(lone_pci_list(&m->system, true, &devices, &m->error), 4);
    assert_string_equal(devices[0].slot, "0000:00:1f.2");
    free(devices);
}

static void lists_nothing(void **state)
{
    struct machine *m = *state;
    struct lone_system none = {.root = "/nonexistent"};
    struct lone_pci_device *devices;

    assert_int_equal(lone_pci_list(&none, true, &devices, &m->error), 0);
    assert_null(devices);
}

static void finds_group_others(void **state)
{
    struct machine *m = *state;
    char text[128];

    assert_int_equal(lone_pci_group_others(&m->system, SLOT, text, sizeof(text)), 0);
    put_function(m, "0000:00:1c.0", "0x060400\n", "pcieport", "19"); /* a bridge */
    put_function(m, "0000:3a:00.2", "0x010802\n", "vfio-pci", "19");
    put_function(m, "0000:3a:00.3", "0x010802\n", NULL, "19");
    put_function(m, "0000:3a:00.4", "0x010802\n", "pci-stub", "19");
    put_function(m, "0000:3b:00.0", "0x010802\n", "nvme", "20");
    assert_int_equal(lone_pci_group_others(&m->system, SLOT, text, sizeof(text)), 0);
    put_function(m, OTHER, "0x010802\n", "nvme", "19");
    assert_int_equal(lone_pci_group_others(&m->system, "3a:00.0", text, sizeof(text)), 1);
    assert_string_equal(text, OTHER);
    put_function(m, "0000:3a:00.5", "0x040300\n", "snd_hda_intel", "19");
    assert_int_equal(lone_pci_group_others(&m->system, SLOT, text, sizeof(text)), 2);
    assert_has(text, "0000:3a:00.5");
}

/* --- Uses --- */

static void expect_use(struct machine *m, enum lone_use use, const char *text)
{
    char found[256];
    enum lone_use got = lone_pci_use(&m->system, SLOT, found, sizeof(found));

    assert_string_equal(found, text);
    assert_int_equal(got, use);
}

static void sees_mounts(void **state)
{
    struct machine *m = *state;

    expect_use(m, LONE_USE_NONE, "");
    put(m, "/proc/self/mountinfo",
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 259:2 / /home rw,relatime shared:1 - ext4 /dev/root rw\n");
    expect_use(m, LONE_USE_MOUNTED, "nvme0n1p2 is mounted on /home");
    /* A device number of btrfs's own, and optional fields before the dash. */
    put(m, "/proc/self/mountinfo", "30 22 0:31 /sub /data rw shared:1 master:2 - btrfs /dev/nvme0n1 rw,subvol=/sub\n");
    expect_use(m, LONE_USE_MOUNTED, "nvme0n1 is mounted on /data");
    /* Another disk whose name begins alike. */
    put(m, "/proc/self/mountinfo",
        "30 22 0:31 / /data rw - btrfs /dev/nvme0n10 rw\n31 22 259:20 / /a rw - xfs /dev/x rw\n");
    expect_use(m, LONE_USE_NONE, "");
    /* The second device of a btrfs. */
    put(m, "/sys/fs/btrfs/features/x", "");
    put_directory(m, "/sys/fs/btrfs/1234-5678/devices/nvme0n1p2");
    expect_use(m, LONE_USE_MOUNTED, "nvme0n1p2 is part of the mounted btrfs 1234-5678");
}

static void sees_swap(void **state)
{
    struct machine *m = *state;

    put(m, "/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n10 partition 1 0 -2\n/swapfile file 1 0 -2\n");
    expect_use(m, LONE_USE_NONE, "");
    put(m, "/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p2 partition 1 0 -2\n");
    expect_use(m, LONE_USE_SWAP, "nvme0n1p2 is swap space");
}

static void sees_holders(void **state)
{
    struct machine *m = *state;

    put_directory(m, "/sys/block/nvme0n1/nvme0n1p2/holders/md127");
    put_block(m, "md127", NULL, "9:127\n");
    expect_use(m, LONE_USE_HELD, "nvme0n1p2 is held by md127");
    /* A volume on the RAID; then something mounted on that, which is graver. */
    put_directory(m, "/sys/block/md127/holders/dm-3");
    put_block(m, "dm-3", NULL, "253:3\n");
    put(m, "/sys/block/dm-3/dm/name", "vg-root\n");
    expect_use(m, LONE_USE_HELD, "nvme0n1p2 is held by md127");
    put(m, "/proc/self/mountinfo", "22 1 253:3 / / rw - ext4 /dev/mapper/vg-root rw\n");
    expect_use(m, LONE_USE_MOUNTED,
               "nvme0n1p2 is held by md127, which is held by dm-3 (vg-root), which is mounted on /");
    put(m, "/proc/self/mountinfo", "");
    put(m, "/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-3 partition 1 0 -2\n");
    expect_use(m, LONE_USE_SWAP, "nvme0n1p2 is held by md127, which is held by dm-3 (vg-root), which is swap space");
}

static void survives_a_loop_of_holders(void **state)
{
    struct machine *m = *state;

    put_directory(m, "/sys/block/nvme0n1/holders/dm-0");
    put_block(m, "dm-0", NULL, "253:0\n");
    put(m, "/sys/block/dm-0/dm/name", "a\n");
    put_directory(m, "/sys/block/dm-0/holders/dm-0");
    expect_use(m, LONE_USE_HELD, "nvme0n1 is held by dm-0 (a)");
}

static void sees_open_descriptors(void **state)
{
    struct machine *m = *state;

    put_link(m, "/proc/123/fd/0", "/dev/null");
    put_link(m, "/proc/123/fd/7", "/dev/nvme0n10");
    put_link(m, "/proc/123/fd/8", "/dev/nvme00");
    put_link(m, "/proc/123/fd/9", "/dev/nvme0n1x");
    put_directory(m, "/proc/bus/fd");
    expect_use(m, LONE_USE_NONE, "");
    put_link(m, "/proc/123/fd/10", "/dev/nvme0n1p2");
    expect_use(m, LONE_USE_OPEN, "process 123 has /dev/nvme0n1p2 open");
    put_link(m, "/proc/123/fd/10", "/dev/nvme0");
    expect_use(m, LONE_USE_OPEN, "process 123 has /dev/nvme0 open");
    put_link(m, "/proc/123/fd/10", "/dev/ng0n1");
    expect_use(m, LONE_USE_OPEN, "process 123 has /dev/ng0n1 open");
}

/* nvme1 is not nvme10, in either direction. */
static void tells_names_apart(void **state)
{
    struct machine *m = *state;
    char text[128];

    put_function(m, OTHER, "0x010802\n", "nvme", "19");
    put_directory(m, "/sys/bus/pci/devices/" OTHER "/nvme/nvme10/nvme10n1");
    put_block(m, "nvme10n1", NULL, "259:10\n");
    put_link(m, "/proc/5/fd/3", "/dev/nvme10");
    put_link(m, "/proc/5/fd/4", "/dev/nvme1");
    put_link(m, "/proc/5/fd/5", "/dev/nvme10n1");
    expect_use(m, LONE_USE_NONE, "");
    assert_int_equal(lone_pci_use(&m->system, OTHER, text, sizeof(text)), LONE_USE_OPEN);
    assert_string_equal(text, "process 5 has /dev/nvme10n1 open");
    put_link(m, "/proc/5/fd/3", "/dev/nvme1");
    put_link(m, "/proc/5/fd/5", "/dev/nvme1n1");
    assert_int_equal(lone_pci_use(&m->system, OTHER, text, sizeof(text)), LONE_USE_NONE);
}

/* With native multipath the controller has nvme0c0n1; the disk is the head of subsystem 3. */
static void follows_multipath(void **state)
{
    struct machine *m = *state;

    put_directory(m, "/sys/bus/pci/devices/" SLOT "/nvme/nvme0/nvme3c0n2");
    put_block(m, "nvme3n2", NULL, "259:9\n");
    put_block(m, "nvme3n2p1", "nvme3n2", "259:11\n");
    expect_use(m, LONE_USE_NONE, "");
    put_link(m, "/proc/9/fd/3", "/dev/nvme3n2");
    expect_use(m, LONE_USE_OPEN, "process 9 has /dev/nvme3n2 open");
    put(m, "/proc/self/mountinfo", "22 1 259:11 / /srv rw - ext4 /dev/mapper/x rw\n");
    expect_use(m, LONE_USE_MOUNTED, "nvme3n2p1 is mounted on /srv");
}

/* Those that share a group with a controller may be of any kind. */
static void sees_other_kinds(void **state)
{
    struct machine *m = *state;
    char text[128];

    put_function(m, OTHER, "0x010601\n", "ahci", "19");
    put(m, "/sys/devices/pci0000:00/" OTHER "/ata1/block/sda/dev", "8:0\n");
    put_link(m, "/sys/class/block/sda", "../../devices/pci0000:00/" OTHER "/ata1/block/sda");
    assert_int_equal(lone_pci_use(&m->system, OTHER, text, sizeof(text)), LONE_USE_NONE);
    put(m, "/proc/self/mountinfo", "22 1 8:0 / / rw - ext4 /dev/root rw\n");
    assert_int_equal(lone_pci_use(&m->system, OTHER, text, sizeof(text)), LONE_USE_MOUNTED);
    assert_string_equal(text, "sda is mounted on /");
    expect_use(m, LONE_USE_NONE, "");

    put_function(m, "0000:3a:00.2", "0x020000\n", "e1000e", "19");
    put(m, "/sys/devices/pci0000:00/0000:3a:00.2/net/eth0/flags", "0x1003\n");
    put_link(m, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:3a:00.2/net/eth0");
    assert_int_equal(lone_pci_use(&m->system, "0000:3a:00.2", text, sizeof(text)), LONE_USE_HELD);
    put(m, "/sys/devices/pci0000:00/0000:3a:00.2/net/eth0/flags", "0x1002\n");
    assert_int_equal(lone_pci_use(&m->system, "0000:3a:00.2", text, sizeof(text)), LONE_USE_NONE);
}

/* --- Expose --- */

static int expose(struct machine *m, bool force)
{
    char node[64] = "";
    int result;

    m->said[0] = m->wrote[0] = 0;
    result = lone_pci_expose(&m->system, SLOT, getuid(), force, node, sizeof(node), &m->error);
    if (!result)
        assert_string_equal(node, "/dev/vfio/19");
    return result;
}

static int reclaim(struct machine *m, const char *driver)
{
    char got[32] = "";
    int result;

    m->said[0] = m->wrote[0] = 0;
    result = lone_pci_reclaim(&m->system, SLOT, driver, false, got, sizeof(got), &m->error);
    if (!result)
        assert_string_equal(got, driver_of(m, SLOT));
    return result;
}

static void as_at_first(struct machine *m)
{
    assert_string_equal(driver_of(m, SLOT), "nvme");
    assert_string_equal(text_of(m, OVERRIDE), "(null)\n");
    assert_false(is_there(m, "/dev/vfio/19"));
    assert_false(is_there(m, "/run/lone/" SLOT));
}

static void exposes_and_reclaims(void **state)
{
    struct machine *m = *state;
    struct stat status;
    char path[512];

    assert_int_equal(expose(m, false), 0);
    assert_string_equal(m->wrote, "driver_override=vfio-pci unbind=" SLOT " drivers_probe=" SLOT " ");
    assert_has(m->said, "unbound " SLOT " from nvme\n");
    assert_has(m->said, "bound " SLOT " to vfio-pci\n");
    assert_string_equal(driver_of(m, SLOT), "vfio-pci");
    assert_string_equal(text_of(m, OVERRIDE), "vfio-pci\n");
    assert_string_equal(text_of(m, "/run/lone/" SLOT), "nvme\n");
    path_of(m, path, sizeof(path), "/dev/vfio/19");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_uid, getuid());

    /* Again: nothing but the owner. */
    assert_int_equal(expose(m, false), 0);
    assert_string_equal(m->wrote, "");
    assert_string_equal(text_of(m, "/run/lone/" SLOT), "nvme\n");

    assert_int_equal(reclaim(m, NULL), 0);
    assert_has(m->said, "bound " SLOT " to nvme\n");
    as_at_first(m);

    /* Once more is no fault. */
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(m->wrote, "");
    as_at_first(m);
}

static void keeps_an_override(void **state)
{
    struct machine *m = *state;

    put(m, OVERRIDE, "nvme\n");
    m->refuses = "vfio-pci";
    assert_int_equal(expose(m, false), -EIO);
    assert_string_equal(driver_of(m, SLOT), "nvme");
    assert_string_equal(text_of(m, OVERRIDE), "nvme\n");
}

static void exposes_without_driver(void **state)
{
    struct machine *m = *state;

    drop(m, "/sys/bus/pci/devices/" SLOT "/driver");
    assert_int_equal(expose(m, false), 0);
    assert_string_equal(driver_of(m, SLOT), "vfio-pci");
    assert_false(is_there(m, "/run/lone/" SLOT));
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(driver_of(m, SLOT), "nvme");

    drop(m, "/sys/bus/pci/devices/" SLOT "/driver");
    m->refuses = "vfio-pci";
    assert_int_equal(expose(m, false), -EIO);
    assert_has(m->error.text, "is as before, with no driver");
    assert_string_equal(driver_of(m, SLOT), "none");
}

static void refuses_to_expose(void **state)
{
    struct machine *m = *state;
    char node[32];

    assert_int_equal(lone_pci_expose(&m->system, "x", getuid(), false, node, sizeof(node), &m->error), -EINVAL);
    assert_int_equal(lone_pci_expose(&m->system, OTHER, getuid(), false, node, sizeof(node), &m->error), -ENODEV);
    assert_int_equal(lone_pci_expose(&m->system, SLOT, (uid_t)-1, false, node, sizeof(node), &m->error), -EINVAL);

    put_link(m, "/proc/77/fd/3", "/dev/nvme0n1");
    assert_int_equal(expose(m, false), -EBUSY);
    assert_has(m->error.text, "process 77 has /dev/nvme0n1 open");
    assert_has(m->error.text, "--force");
    put_directory(m, "/sys/block/nvme0n1/holders/md0");
    assert_int_equal(expose(m, false), -EBUSY);
    assert_has(m->error.text, "held by md0");
    put(m, "/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1 partition 1 0 -2\n");
    assert_int_equal(expose(m, true), -EBUSY);
    assert_has(m->error.text, "swap");
    put(m, "/proc/self/mountinfo", "22 1 259:0 / / rw - ext4 /dev/root rw\n");
    assert_int_equal(expose(m, true), -EBUSY);
    assert_has(m->error.text, "mounted on /");
    put(m, "/proc/swaps", "");
    put(m, "/proc/self/mountinfo", "");
    as_at_first(m);
    assert_string_equal(m->wrote, "");

    assert_int_equal(expose(m, true), 0);
    assert_has(m->said, "held by md0");
}

static void refuses_what_vfio_cannot_take(void **state)
{
    struct machine *m = *state;

    put(m, "/sys/bus/pci/devices/" SLOT "/sriov_numvfs", "2\n");
    assert_int_equal(expose(m, false), -EBUSY);
    assert_has(m->error.text, "2 virtual functions");
    put(m, "/sys/bus/pci/devices/" SLOT "/sriov_numvfs", "0\n");
    put(m, "/sys/bus/pci/devices/" SLOT "/class", "0x060400\n");
    assert_int_equal(expose(m, false), -EINVAL);
    assert_has(m->error.text, "bridge");
    put(m, "/sys/bus/pci/devices/" SLOT "/class", "0x010802\n");
    put(m, "/sys/kernel/iommu_groups/19/name", "vfio-noiommu\n");
    assert_int_equal(expose(m, false), -ENXIO);
    assert_has(m->error.text, "noiommu");
    drop(m, "/sys/bus/pci/devices/" SLOT "/iommu_group");
    assert_int_equal(expose(m, false), -ENXIO);
    assert_has(m->error.text, "no IOMMU group");
    assert_string_equal(m->wrote, "");
    as_at_first(m);
}

static void refuses_without_vfio_pci(void **state)
{
    struct machine *m = *state;
    char path[512];

    path_of(m, path, sizeof(path), "/sys/bus/pci/drivers/vfio-pci");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(expose(m, false), -ENOENT);
    assert_has(m->error.text, "no PCI driver vfio-pci");
    as_at_first(m);
}

/* Whatever step fails, the device is with its driver afterwards and the override is what it was. */
static void rolls_back(void **state)
{
    struct machine *m = *state;
    static const char *const steps[] = {"driver_override", "unbind", "drivers_probe"};

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        m->fails = steps[i];
        m->failures = 1;
        assert_int_equal(expose(m, false), -EIO);
        assert_has(m->error.text, steps[i]);
        assert_has(m->error.text, SLOT " is as before, with nvme");
        as_at_first(m);
    }
    m->refuses = "vfio-pci";
    assert_int_equal(expose(m, false), -EIO);
    assert_has(m->error.text, "vfio-pci does not take " SLOT);
    as_at_first(m);
    m->refuses = NULL;
    m->no_node = true;
    assert_int_equal(expose(m, false), -ETIMEDOUT);
    assert_has(m->error.text, "/dev/vfio/19 has not appeared");
    as_at_first(m);
}

static void says_when_it_cannot_roll_back(void **state)
{
    struct machine *m = *state;

    m->fails = "drivers_probe";
    m->failures = -1;
    assert_int_equal(expose(m, false), -EIO);
    assert_has(m->error.text, "putting it back has failed too");
    assert_string_equal(text_of(m, OVERRIDE), "(null)\n");
}

/* Without the kernel's help: plain files take the writes, one of them is missing. */
static void rolls_back_on_files(void **state)
{
    struct machine *m = *state;

    m->system.write = NULL;
    put(m, "/sys/bus/pci/drivers/nvme/unbind", "");
    put_link(m, "/sys/bus/pci/devices/" SLOT "/driver", "../../drivers/nvme");
    assert_int_equal(expose(m, false), -ENOENT);
    assert_has(m->error.text, "drivers_probe");
    assert_string_equal(text_of(m, "/sys/bus/pci/drivers/nvme/unbind"), SLOT);
    assert_string_equal(text_of(m, OVERRIDE), "\n");
    put(m, "/sys/bus/pci/drivers_probe", "");
    assert_int_equal(expose(m, false), -EIO);
    assert_string_equal(text_of(m, OVERRIDE), "\n");
}

/* --- Reclaim --- */

static void refuses_to_reclaim(void **state)
{
    struct machine *m = *state;
    char got[32];

    assert_int_equal(expose(m, false), 0);
    assert_int_equal(reclaim(m, "nosuch"), -ENOENT);
    assert_has(m->error.text, "no PCI driver nosuch");
    assert_int_equal(reclaim(m, "vfio-pci"), -EINVAL);
    assert_int_equal(reclaim(m, "../nvme"), -EINVAL);
    assert_int_equal(reclaim(m, ""), -EINVAL);
    assert_int_equal(reclaim(m, "a-name-that-is-longer-than-any-driver-has"), -EINVAL);
    put_link(m, "/proc/55/fd/4", "/dev/vfio/19");
    assert_int_equal(reclaim(m, NULL), -EBUSY);
    assert_has(m->error.text, "process 55 has /dev/vfio/19 open");
    put_link(m, "/proc/55/fd/4", "/dev/vfio/190");
    put_link(m, "/proc/55/fd/5", "/dev/vfio/devices/vfio3");
    put_directory(m, "/sys/bus/pci/devices/" SLOT "/vfio-dev/vfio3");
    assert_int_equal(reclaim(m, NULL), -EBUSY);
    assert_has(m->error.text, "process 55 has /dev/vfio/devices/vfio3 open");
    assert_string_equal(m->wrote, "");
    assert_string_equal(driver_of(m, SLOT), "vfio-pci");
    assert_int_equal(lone_pci_reclaim(&m->system, "x", NULL, false, got, sizeof(got), &m->error), -EINVAL);
    assert_int_equal(lone_pci_reclaim(&m->system, OTHER, NULL, false, got, sizeof(got), &m->error), -ENODEV);
}

/* The kernel waits inside unbind for a process to let go: the driver's link is gone already, and writing to the
 * device's files would wait too. */
static void leaves_a_stuck_device_alone(void **state)
{
    struct machine *m = *state;

    assert_int_equal(expose(m, false), 0);
    drop(m, "/sys/bus/pci/devices/" SLOT "/driver");
    put_link(m, "/proc/55/fd/4", "/dev/vfio/19");
    assert_int_equal(reclaim(m, NULL), -EBUSY);
    assert_has(m->error.text, "process 55 has /dev/vfio/19 open");
    assert_int_equal(expose(m, true), -EBUSY);
    assert_string_equal(m->wrote, "");
    drop(m, "/proc/55/fd/4");
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(driver_of(m, SLOT), "nvme");
}

static void reclaims_by_name(void **state)
{
    struct machine *m = *state;

    assert_int_equal(expose(m, false), 0);
    put_directory(m, "/sys/bus/pci/drivers/uio_pci_generic");
    assert_int_equal(reclaim(m, "uio_pci_generic"), 0);
    assert_string_equal(driver_of(m, SLOT), "uio_pci_generic");
    assert_string_equal(text_of(m, OVERRIDE), "(null)\n");
    /* Not behind the back of who uses it. */
    put_link(m, "/proc/55/fd/4", "/dev/nvme0n1");
    assert_int_equal(reclaim(m, "nvme"), -EBUSY);
    drop(m, "/proc/55/fd/4");
    assert_int_equal(reclaim(m, "nvme"), 0);
    as_at_first(m);
}

static void reclaims_what_the_kernel_chooses(void **state)
{
    struct machine *m = *state;

    assert_int_equal(expose(m, false), 0);
    drop(m, "/run/lone/" SLOT);
    assert_int_equal(reclaim(m, NULL), 0);
    as_at_first(m);
    /* The driver that it had is gone. */
    assert_int_equal(expose(m, false), 0);
    put(m, "/run/lone/" SLOT, "olddriver\n");
    assert_int_equal(reclaim(m, NULL), 0);
    assert_has(m->said, "olddriver");
    as_at_first(m);
}

static void reclaim_rolls_back(void **state)
{
    struct machine *m = *state;
    static const char *const steps[] = {"driver_override", "unbind", "drivers_probe"};

    assert_int_equal(expose(m, false), 0);
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        m->fails = steps[i];
        m->failures = 1;
        assert_int_equal(reclaim(m, NULL), -EIO);
        assert_has(m->error.text, SLOT " is as before, with vfio-pci");
        assert_string_equal(driver_of(m, SLOT), "vfio-pci");
        assert_string_equal(text_of(m, OVERRIDE), "vfio-pci\n");
        assert_string_equal(text_of(m, "/run/lone/" SLOT), "nvme\n");
    }
    m->refuses = "nvme";
    assert_int_equal(reclaim(m, NULL), -EIO);
    assert_has(m->error.text, "nvme does not take " SLOT);
    assert_string_equal(driver_of(m, SLOT), "vfio-pci");
    assert_true(is_there(m, "/dev/vfio/19"));
    /* The kernel's choice is nothing, or vfio-pci by new_id. */
    drop(m, "/run/lone/" SLOT);
    assert_int_equal(reclaim(m, NULL), -EIO);
    assert_has(m->error.text, "no driver wants " SLOT);
    m->takes_it = "vfio-pci";
    assert_int_equal(reclaim(m, NULL), -EIO);
    assert_has(m->error.text, "new_id");
    assert_string_equal(driver_of(m, SLOT), "vfio-pci");
    assert_string_equal(text_of(m, OVERRIDE), "vfio-pci\n");
}

static void finds_users(void **state)
{
    struct lone_error error;
    uid_t uid = 7;

    (void)state;
    assert_int_equal(lone_user_find("root", &uid, &error), 0);
    assert_int_equal(uid, 0);
    uid = 7;
    assert_int_equal(lone_user_find("0", &uid, &error), 0);
    assert_int_equal(uid, 0);
    assert_int_equal(lone_user_find("no-such-user", &uid, &error), -ENOENT);
    assert_has(error.text, "there is no user \"no-such-user\"");
    assert_int_equal(lone_user_find("4294967295", &uid, &error), -ENOENT);
    assert_int_equal(lone_user_find("4294967296", &uid, &error), -ENOENT);
    assert_int_equal(lone_user_find("0x0", &uid, &error), -ENOENT);
    assert_int_equal(lone_user_find("-1", &uid, &error), -ENOENT);
    assert_int_equal(lone_user_find("", &uid, &error), -ENOENT);
}

/* --- Requirements --- */

static struct lone_requirement look(struct machine *m, const char *name)
{
    struct lone_requirement list[LONE_MAX_REQUIREMENTS];
    int count = lone_requirements(&m->system, list);

    assert_in_range(count, 1, LONE_MAX_REQUIREMENTS);
    for (int i = 0; i < count; i++) {
        assert_true(list[i].found[0]);
        /* A remedy where one is needed, and only there. */
        assert_int_equal(list[i].met, !list[i].remedy[0]);
        assert_true(strlen(list[i].remedy) < sizeof(list[i].remedy) - 1); /* not cut off */
        if (!strcmp(list[i].name, name))
            return list[i];
    }
    fail_msg("there is no requirement %s", name);
    return list[0];
}

static void expect_met(struct machine *m, const char *name, const char *found)
{
    struct lone_requirement row = look(m, name);

    assert_has(row.found, found);
    assert_true(row.met);
}

static void expect_unmet(struct machine *m, const char *name, const char *found, const char *remedy)
{
    struct lone_requirement row = look(m, name);

    assert_has(row.found, found);
    assert_has(row.remedy, remedy);
    assert_false(row.met);
}

static void requires_a_kernel(void **state)
{
    struct machine *m = *state;

    expect_unmet(m, "kernel", "unknown", "5.4");
    put(m, "/proc/sys/kernel/osrelease", "5.3.18-default\n");
    expect_unmet(m, "kernel", "5.3.18", "5.4");
    put(m, "/proc/sys/kernel/osrelease", "5.4.0\n");
    expect_met(m, "kernel", "5.4.0");
    put(m, "/proc/sys/kernel/osrelease", "6.1.0-40-amd64\n");
    expect_met(m, "kernel", "6.1.0-40-amd64");
}

static void requires_an_iommu(void **state)
{
    struct machine *m = *state;

    put_directory(m, "/sys/class/iommu/dmar0");
    expect_met(m, "iommu", "dmar0, 1 groups");
    put(m, "/sys/kernel/iommu_groups/19/name", "vfio-noiommu\n");
    expect_unmet(m, "iommu", "none", "firmware");
    put(m, "/sys/firmware/acpi/tables/DMAR", "");
    put(m, "/proc/cmdline", "quiet\n");
    expect_unmet(m, "iommu", "there but off", "/&intel_iommu=on /'");
    put(m, "/proc/cmdline", "quiet intel_iommu=off\n");
    expect_unmet(m, "iommu", "there but off", "s/intel_iommu=off/intel_iommu=on/");
    drop(m, "/sys/firmware/acpi/tables/DMAR");
    put(m, "/sys/firmware/acpi/tables/IVRS", "");
    expect_unmet(m, "iommu", "AMD-Vi", "/&amd_iommu=on /'");
    put(m, "/proc/cmdline", "quiet amd_iommu=off\n");
    expect_unmet(m, "iommu", "AMD-Vi", "s/amd_iommu=off//");
    put(m, "/proc/cmdline", "iommu=off\n");
    expect_unmet(m, "iommu", "AMD-Vi", "s/\\biommu=off//");
}

static void requires_interrupt_remapping(void **state)
{
    struct machine *m = *state;

    put(m, "/proc/interrupts",
        "           CPU0\n  9:  0  IO-APIC   9-fasteoi   acpi\n 24: 1  PCI-MSI-0000:00:1f.2  0-edge ahci\n");
    expect_unmet(m, "interrupt remapping", "off", "allow_unsafe_interrupts");
    put(m, "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N\n");
    expect_unmet(m, "interrupt remapping", "off", "allow_unsafe_interrupts");
    put(m, "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n");
    expect_met(m, "interrupt remapping", "allow_unsafe_interrupts");
    put(m, "/proc/interrupts", "           CPU0\n  9:  0  IR-IO-APIC   9-fasteoi   acpi\n");
    expect_met(m, "interrupt remapping", "on");
}

static void requires_vfio(void **state)
{
    struct machine *m = *state;
    char path[512];

    expect_met(m, "vfio-pci", "loaded");
    path_of(m, path, sizeof(path), "/sys/bus/pci/drivers/vfio-pci");
    assert_int_equal(rmdir(path), 0);
    put(m, "/proc/sys/kernel/osrelease", "6.1.0\n");
    expect_unmet(m, "vfio-pci", "does not have it", "CONFIG_VFIO_PCI");
    put(m, "/lib/modules/6.1.0/modules.dep", "kernel/drivers/vfio/pci/vfio-pci-core.ko:\n");
    expect_unmet(m, "vfio-pci", "does not have it", "CONFIG_VFIO_PCI");
    put(m, "/lib/modules/6.1.0/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\n");
    expect_met(m, "vfio-pci", "not loaded");
}

static void requires_huge_pages(void **state)
{
    struct machine *m = *state;

    expect_unmet(m, "huge pages", "none", "vm.nr_hugepages");
    put(m, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
    put(m, "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n");
    expect_unmet(m, "huge pages", "0 of 2 MiB", "vm.nr_hugepages");
    put(m, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "64\n");
    put(m, "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "60\n");
    expect_met(m, "huge pages", "64 of 2 MiB (60 free)");
    put(m, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
    put(m, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages", "10\n");
    expect_met(m, "huge pages", "0 of 2 MiB");
}

static void requires_locked_memory(void **state)
{
    struct machine *m = *state;

    expect_unmet(m, "memlock", "unknown", "mount -t proc");
    put(m, "/proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n");
    put(m, "/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory  8388608   8388608   bytes\n");
    expect_unmet(m, "memlock", "8192 KiB", "limits.d");
    put(m, "/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory  8388608   unlimited   bytes\n");
    expect_unmet(m, "memlock", "8192 KiB", "ulimit -S -l 65536");
    put(m, "/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory  67108864   67108864   bytes\n");
    expect_met(m, "memlock", "65536 KiB");
    put(m, "/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory  unlimited   unlimited   bytes\n");
    expect_met(m, "memlock", "unlimited");
    put(m, "/proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n");
    put(m, "/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory  65536   65536   bytes\n");
    expect_met(m, "memlock", "does not bind root");
}

static void requires_fuse(void **state)
{
    struct machine *m = *state;
    char path[512];

    expect_unmet(m, "fuse", "there is no /dev/fuse", "modprobe fuse");
    put(m, "/dev/fuse", "");
    expect_met(m, "fuse", "/dev/fuse");
    if (geteuid()) { /* root opens everything */
        path_of(m, path, sizeof(path), "/dev/fuse");
        assert_int_equal(chmod(path, 0), 0);
        expect_unmet(m, "fuse", "cannot be opened", "chmod 0666 /dev/fuse");
    }
    expect_unmet(m, "fusermount3", "not in /usr/bin", "apt-get install fuse3");
    put(m, "/usr/bin/fusermount3", "");
    expect_unmet(m, "fusermount3", "not set-uid", "chmod u+s /usr/bin/fusermount3");
    path_of(m, path, sizeof(path), "/usr/bin/fusermount3");
    assert_int_equal(chmod(path, 04755), 0);
    expect_met(m, "fusermount3", "/usr/bin/fusermount3");
}

static void names_libraries(void **state)
{
    struct machine *m = *state;
    struct lone_requirement row = look(m, "libraries");

    assert_has(row.found, "libfuse");
    assert_has(row.found, "json-c");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_by_slot),
        TEST(lists_in_order),
        TEST(lists_nothing),
        TEST(finds_group_others),
        TEST(sees_mounts),
        TEST(sees_swap),
        TEST(sees_holders),
        TEST(survives_a_loop_of_holders),
        TEST(sees_open_descriptors),
        TEST(tells_names_apart),
        TEST(follows_multipath),
        TEST(sees_other_kinds),
        TEST(exposes_and_reclaims),
        TEST(keeps_an_override),
        TEST(exposes_without_driver),
        TEST(refuses_to_expose),
        TEST(refuses_what_vfio_cannot_take),
        TEST(refuses_without_vfio_pci),
        TEST(rolls_back),
        TEST(says_when_it_cannot_roll_back),
        TEST(rolls_back_on_files),
        TEST(refuses_to_reclaim),
        TEST(leaves_a_stuck_device_alone),
        TEST(reclaims_by_name),
        TEST(reclaims_what_the_kernel_chooses),
        TEST(reclaim_rolls_back),
        TEST(finds_users),
        TEST(requires_a_kernel),
        TEST(requires_an_iommu),
        TEST(requires_interrupt_remapping),
        TEST(requires_vfio),
        TEST(requires_huge_pages),
        TEST(requires_locked_memory),
        TEST(requires_fuse),
        TEST(names_libraries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
