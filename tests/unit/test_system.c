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
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
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
    const char *claimed;  /* the block devices that somebody has claimed: "259:0 259:2" */
    int open_fails;       /* opening a block device ends with that errno */
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

static void put_node(const struct machine *m, const char *path, char type, const char *number)
{
    char text[64];

    snprintf(text, sizeof(text), "%c %s", type, number);
    put(m, path, text);
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
        put_node(m, "/dev/vfio/19", 'c', "242:19");
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

/* A node of the tree is a file with "b 259:0" in it. What a link to an absolute path leads to is in the tree as well.
 */
static int kernel_stat(void *context, const char *path, struct stat *status)
{
    struct machine *m = context;
    char target[512], real[600], type;
    unsigned numbers[2];
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    FILE *file;
    int found;

    if (n > 0 && target[0] == '/') {
        target[n] = 0;
        snprintf(real, sizeof(real), "%s%s", m->root, target);
        path = real;
    }
    if (stat(path, status))
        return -errno;
    status->st_dev = 0;
    file = fopen(path, "r");
    if (!file)
        return -errno;
    found = fscanf(file, "%c %u:%u", &type, &numbers[0], &numbers[1]);
    fclose(file);
    if (found != 3)
        return 0;
    if (type == 'f')
        status->st_dev = makedev(numbers[0], numbers[1]);
    else
        status->st_mode = type == 'b' ? S_IFBLK : S_IFCHR;
    status->st_rdev = makedev(numbers[0], numbers[1]);
    return 0;
}

static int kernel_open_block(void *context, dev_t number, int flags)
{
    const struct machine *m = context;
    char text[32];

    snprintf(text, sizeof(text), "%u:%u", major(number), minor(number));
    if (m->open_fails)
        return -m->open_fails;
    if (flags & O_EXCL && m->claimed)
        for (const char *at = m->claimed; (at = strstr(at, text)); at++)
            if ((at == m->claimed || at[-1] == ' ') && (!at[strlen(text)] || at[strlen(text)] == ' '))
                return -EBUSY;
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
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
    snprintf(path, sizeof(path), "/dev/%s", name);
    put_node(m, path, 'b', number);
}

static void put_char(const struct machine *m, const char *class, const char *name, const char *number)
{
    char path[256];

    snprintf(path, sizeof(path), "/sys/class/%s/%s/dev", class, name);
    put(m, path, number);
    snprintf(path, sizeof(path), "/dev/%s", name);
    put_node(m, path, 'c', number);
}

/* The device's namespace, its disk, a partition of it. */
static void put_namespaces(const struct machine *m)
{
    put(m, "/sys/bus/pci/devices/" SLOT "/nvme/nvme0/state", "live\n");
    put_directory(m, "/sys/bus/pci/devices/" SLOT "/nvme/nvme0/nvme0n1");
    put_block(m, "nvme0n1", NULL, "259:0\n");
    put_block(m, "nvme0n1p2", "nvme0n1", "259:2\n");
    put_char(m, "nvme", "nvme0", "240:0\n");
    put_char(m, "nvme-generic", "ng0n1", "241:0\n");
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
    m->system.stat = kernel_stat;
    m->system.open_block = kernel_open_block;
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
                                        "0000:3a:20.0",
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
    /* Domains that a bridge has made, of up to 32 bits; as sysfs writes them, however they are asked for. */
    put_function(m, "10000:e1:1f.7", "0x010802\n", "nvme", "21");
    put_function(m, "fedcba98:e1:1f.7", "0x010802\n", "nvme", "22");
    assert_int_equal(lone_pci_find(&m->system, "00010000:E1:1F.7", &device, &m->error), 0);
    assert_string_equal(device.slot, "10000:e1:1f.7");
    assert_int_equal(device.group, 21);
    assert_int_equal(lone_pci_find(&m->system, "FEDCBA98:e1:1f.7", &device, &m->error), 0);
    assert_string_equal(device.slot, "fedcba98:e1:1f.7");
    assert_int_equal(device.group, 22);
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
    /* By the number of the node, not by its name, */
    put_node(m, "/tmp/x", 'b', "259:0");
    put(m, "/proc/swaps", "Filename Type Size Used Priority\n/tmp/x partition 1 0 -2\n");
    expect_use(m, LONE_USE_SWAP, "nvme0n1 is swap space");
    put_node(m, "/dev/nvme0n1p2", 'b', "8:2");
    put(m, "/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p2 partition 1 0 -2\n");
    expect_use(m, LONE_USE_NONE, "");
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
    char text[1024];

    put_directory(m, "/sys/block/nvme0n1/holders/dm-0");
    put_block(m, "dm-0", NULL, "253:0\n");
    put(m, "/sys/block/dm-0/dm/name", "a\n");
    put_directory(m, "/sys/block/dm-0/holders/dm-0");
    put(m, "/dev/dm-0", "b 253:0");
    assert_int_equal(lone_pci_use(&m->system, SLOT, text, sizeof(text)), LONE_USE_CLAIMED);
    assert_has(text, "nvme0n1 is held by dm-0 (a), which is held by dm-0 (a), which");
    assert_has(text, "what is above is not looked at");
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

/* A process is known to have a device by its number, under whatever name. */
static void sees_other_nodes(void **state)
{
    struct machine *m = *state;
    char text[256];

    put_node(m, "/tmp/x", 'b', "259:2");
    put_link(m, "/proc/8/fd/3", "/tmp/x");
    expect_use(m, LONE_USE_OPEN, "process 8 has /tmp/x open");
    put_node(m, "/tmp/x", 'c', "259:2"); /* a character device */
    expect_use(m, LONE_USE_NONE, "");
    put_node(m, "/tmp/x", 'c', "241:0");
    expect_use(m, LONE_USE_OPEN, "process 8 has /tmp/x open");
    drop(m, "/proc/8/fd/3");
    /* A thread with descriptors of its own, */
    put_node(m, "/tmp/x", 'b', "259:0");
    put_link(m, "/proc/9/fd/3", "/tmp/x");
    put_directory(m, "/proc/8/task/9");
    assert_int_equal(lone_pci_use(&m->system, SLOT, text, sizeof(text)), LONE_USE_OPEN);
    assert_has(text, " has /tmp/x open"); /* the test's /proc lists it as a process, too */
    put_link(m, "/proc/9/fd/3", "/dev/null");
    expect_use(m, LONE_USE_NONE, "");
    /* a mapping without a descriptor: addresses have no zeros in front below map_files, */
    put(m, "/proc/8/maps",
        "00400000-00401000 r-xp 00000000 08:01 77                          /usr/bin/x\n"
        "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
        "7f0000002000-7f0000003000 r--s 00000000 00:05 99                  /dev/nvme0n1\n");
    put_link(m, "/proc/8/map_files/400000-401000", "/tmp/x");
    expect_use(m, LONE_USE_OPEN, "process 8 has /usr/bin/x mapped");
    put_link(m, "/proc/8/map_files/400000-401000", "/dev/null");
    expect_use(m, LONE_USE_NONE, "");
    put_link(m, "/proc/8/map_files/7f0000002000-7f0000003000", "/dev/nvme0n1");
    expect_use(m, LONE_USE_OPEN, "process 8 has /dev/nvme0n1 mapped");
    drop(m, "/proc/8/maps");
    /* and a file that io_uring has, as newer and older kernels write it. */
    put_link(m, "/proc/8/fd/4", "anon_inode:[io_uring]");
    put(m, "/proc/8/fdinfo/4", "UserFiles:\t2\n    0: <none>\n    1: /tmp/x\nUserBufs:\t0\n");
    expect_use(m, LONE_USE_OPEN, "process 8 has /tmp/x registered with io_uring");
    put(m, "/proc/8/fdinfo/4", "UserFiles:\t1\n    0: nvme0n1p2\n");
    expect_use(m, LONE_USE_OPEN, "process 8 has /dev/nvme0n1p2 registered with io_uring");
    put(m, "/proc/8/fdinfo/4", "UserFiles:\t1\n    0: nvme0n10\n");
    expect_use(m, LONE_USE_NONE, "");
}

/* What every user may do keeps root from nothing. */
static void is_not_misled_by_users(void **state)
{
    struct machine *m = *state;

    put_link(m, "/proc/8/fd/3", "/dev/nvme0n1");
    put(m, "/proc/8/fdinfo/3", "pos:\t0\nflags:\t012000000\nmnt_id:\t30\n"); /* O_PATH, O_CLOEXEC */
    expect_use(m, LONE_USE_NONE, "");
    put(m, "/proc/8/fdinfo/3", "pos:\t0\nflags:\t02100002\nmnt_id:\t30\n");
    expect_use(m, LONE_USE_OPEN, "process 8 has /dev/nvme0n1 open");
    drop(m, "/proc/8/fd/3");
    put(m, "/proc/self/mountinfo", "30 22 0:40 / /home/x/y rw - fuse.z /dev/nvme0n1 rw,user_id=1000\n");
    expect_use(m, LONE_USE_NONE, "");
    put_node(m, "/tmp/\033[2Jx", 'b', "259:0");
    put_link(m, "/proc/8/fd/3", "/tmp/\033[2Jx");
    put(m, "/proc/8/fdinfo/3", "flags:\t0100000\n");
    expect_use(m, LONE_USE_OPEN, "process 8 has /tmp/?[2Jx open");
}

/* Nodes of the function of any kind, by where their number leads to. */
static void sees_all_nodes_of_a_function(void **state)
{
    struct machine *m = *state;

    put_node(m, "/dev/snd/pcm", 'c', "116:5");
    put_link(m, "/sys/dev/char/116:5", "../../devices/pci0000:00/0000:3a:00.1/sound/card0/pcm");
    put_link(m, "/proc/8/fd/3", "/dev/snd/pcm");
    expect_use(m, LONE_USE_NONE, "");
    put_link(m, "/sys/dev/char/116:5", "../../devices/pci0000:00/" SLOT "/sound/card0/pcm");
    expect_use(m, LONE_USE_OPEN, "process 8 has /dev/snd/pcm open");
}

/* A driver that uses a block device as a file has no link below holders/. */
static void sees_loop_devices(void **state)
{
    struct machine *m = *state;

    put_block(m, "loop3", NULL, "7:3\n");
    put_block(m, "loop4", NULL, "7:4\n");
    put_node(m, "/tmp/x", 'b', "259:2");
    put(m, "/image", "");
    put(m, "/sys/block/loop4/loop/backing_file", "/image\n");
    expect_use(m, LONE_USE_NONE, "");
    put(m, "/sys/block/loop3/loop/backing_file", "/tmp/x\n");
    expect_use(m, LONE_USE_HELD, "nvme0n1p2 is held by loop3");
}

static void sees_zram(void **state)
{
    struct machine *m = *state;

    put_block(m, "zram0", NULL, "252:0\n");
    put(m, "/sys/block/zram0/backing_dev", "none\n");
    expect_use(m, LONE_USE_NONE, "");
    put(m, "/sys/block/zram0/backing_dev", "/dev/nvme0n1\n");
    m->claimed = "259:0";
    expect_use(m, LONE_USE_HELD, "nvme0n1 is held by zram0");
    put(m, "/proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 -2\n");
    expect_use(m, LONE_USE_SWAP, "nvme0n1 is held by zram0, which is swap space");
}

#define CONFIG "/sys/kernel/config/"

static void sees_targets(void **state)
{
    struct machine *m = *state;

    put(m, CONFIG "nvmet/subsystems/nqn.x/namespaces/1/device_path", "/dev/nvme0n1p2\n");
    put(m, CONFIG "nvmet/subsystems/nqn.x/namespaces/1/enable", "0\n");
    expect_use(m, LONE_USE_NONE, "");
    put(m, CONFIG "nvmet/subsystems/nqn.x/namespaces/1/enable", "1\n");
    expect_use(m, LONE_USE_CLAIMED, "nvme0n1p2 is exported by nvmet as nqn.x, namespace 1");
    put(m, CONFIG "nvmet/subsystems/nqn.x/namespaces/1/device_path", "/dev/sda\n");
    put_node(m, "/dev/sda", 'b', "8:0");
    put(m, CONFIG "nvmet/subsystems/nqn.y/passthru/device_path", "/dev/nvme0\n");
    put(m, CONFIG "nvmet/subsystems/nqn.y/passthru/enable", "1\n");
    expect_use(m, LONE_USE_CLAIMED, "nvme0 is exported by nvmet as nqn.y, passthru");
    put(m, CONFIG "nvmet/subsystems/nqn.y/passthru/enable", "0\n");
    put(m, CONFIG "target/core/iblock_0/a/info",
        "Status: ACTIVATED  Max Queue Depth: 0\n        iBlock device: nvme0n1  UDEV PATH: /dev/x\n"
        "        Major: 259 Minor: 0  CLAIMED: IBLOCK\n");
    expect_use(m, LONE_USE_CLAIMED, "nvme0n1 is exported by the kernel's SCSI target as a");
    put(m, CONFIG "target/core/iblock_0/a/info", "Major: 0 Minor: 0\n");
    put(m, CONFIG "target/core/fileio_0/b c/info",
        "TCM FILEIO ID: 0        File: /tmp/x y  Size: 4096  Mode: O_DSYNC Async: 0\n");
    put_node(m, "/tmp/x y", 'b', "259:0");
    expect_use(m, LONE_USE_CLAIMED, "nvme0n1 is exported by the kernel's SCSI target as b c");
    put(m, "/tmp/x y", "an image");
    expect_use(m, LONE_USE_NONE, "");
    put(m, CONFIG "usb_gadget/g/functions/mass_storage.0/lun.1/file", "/dev/nvme0n1\n");
    expect_use(m, LONE_USE_CLAIMED, "nvme0n1 is exported by the USB gadget g");
    /* What cannot be looked at might be it. */
    put(m, CONFIG "usb_gadget/g/functions/mass_storage.0/lun.1/file", "/gone\n");
    if (geteuid() == 0)
        expect_use(m, LONE_USE_HELD,
                   "it may be held, which cannot be found out: a USB gadget uses /gone, which cannot be looked at: No "
                   "such file or directory");
}

/* What the kernel grants to nobody else is used, by whatever. */
static void sees_claims(void **state)
{
    struct machine *m = *state;
    char text[512];

    m->claimed = "259:0";
    assert_int_equal(lone_pci_use(&m->system, SLOT, text, sizeof(text)), LONE_USE_CLAIMED);
    assert_has(text, "nvme0n1 is claimed by the kernel");
    assert_string_equal(lone_use_name(LONE_USE_CLAIMED), "claimed");
    /* The driver above has made it. */
    put_directory(m, "/sys/block/nvme0n1/holders/dm-3");
    put_block(m, "dm-3", NULL, "253:3\n");
    expect_use(m, LONE_USE_HELD, "nvme0n1 is held by dm-3");
    /* And somebody one above that. */
    m->claimed = "259:0 253:3";
    assert_int_equal(lone_pci_use(&m->system, SLOT, text, sizeof(text)), LONE_USE_CLAIMED);
    assert_has(text, "nvme0n1 is held by dm-3, which is claimed by the kernel");
    /* That is mounted in another mount namespace. */
    put(m, "/proc/71/mountinfo", "22 1 253:3 / /data rw - ext4 /dev/root rw\n");
    expect_use(m, LONE_USE_MOUNTED, "nvme0n1 is held by dm-3, which is mounted on /data");
}

/* One partition is in a RAID; who has claimed the other? */
static void tells_claims_of_partitions_apart(void **state)
{
    struct machine *m = *state;
    char text[512];

    put_block(m, "nvme0n1p3", "nvme0n1", "259:3\n");
    put_directory(m, "/sys/block/nvme0n1/nvme0n1p2/holders/md127");
    put_block(m, "md127", NULL, "9:127\n");
    m->claimed = "259:0 259:2";
    expect_use(m, LONE_USE_HELD, "nvme0n1p2 is held by md127");
    m->claimed = "259:0 259:2 259:3";
    assert_int_equal(lone_pci_use(&m->system, SLOT, text, sizeof(text)), LONE_USE_CLAIMED);
    assert_has(text, "nvme0n1p3 is claimed by the kernel");
    /* A file system that was unmounted, and a file on it. */
    put(m, "/tmp/f", "f 259:3");
    put_link(m, "/proc/71/fd/3", "/tmp/f");
    assert_int_equal(lone_pci_use(&m->system, SLOT, text, sizeof(text)), LONE_USE_CLAIMED);
    assert_has(text, "nvme0n1p3 has a file system that is used without being mounted: process 71 has /tmp/f open");
    /* Both partitions in one RAID, of which one is mounted. */
    m->claimed = "259:0 259:2 259:3";
    put_directory(m, "/sys/block/nvme0n1/nvme0n1p3/holders/md127");
    expect_use(m, LONE_USE_HELD, "nvme0n1p2 is held by md127");
    put_block(m, "md127p1", "md127", "259:77\n");
    put(m, "/proc/self/mountinfo", "22 1 259:77 / /raid rw - ext4 /dev/root rw\n");
    expect_use(m, LONE_USE_MOUNTED, "nvme0n1p2 is held by md127, whose part md127p1 is mounted on /raid");
}

/* A process may have opened it with O_EXCL; but then the kernel may have claimed it as well, before. */
static void claims_outweigh_processes(void **state)
{
    struct machine *m = *state;

    put_link(m, "/proc/77/fd/3", "/dev/nvme0n1");
    m->claimed = "259:0";
    expect_use(m, LONE_USE_CLAIMED,
               "nvme0n1 is claimed by the kernel or by a process; process 77 has /dev/nvme0n1 open");
}

/* Where it cannot be asked, nothing is taken for free. */
static void takes_unknown_for_used(void **state)
{
    struct machine *m = *state;

    m->open_fails = EMFILE;
    expect_use(m, LONE_USE_CLAIMED, "whether the kernel uses nvme0n1 cannot be found out: Too many open files");
    m->open_fails = ENXIO;
    expect_use(m, LONE_USE_NONE, "");
    m->open_fails = EACCES;
    if (geteuid())
        expect_use(m, LONE_USE_NONE, "");
    else
        expect_use(m, LONE_USE_CLAIMED, "whether the kernel uses nvme0n1 cannot be found out: Permission denied");
    m->open_fails = 0;
    put(m, "/proc/12/fd", "a file");
    expect_use(m, LONE_USE_OPEN,
               "it may be open, which cannot be found out: the descriptors of process 12: Not a directory");
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

/* What stood in driver_override before expose stands there after reclaim. */
static void restores_an_override(void **state)
{
    struct machine *m = *state;

    put_directory(m, "/sys/bus/pci/drivers/other");
    put(m, OVERRIDE, "other\n");
    assert_int_equal(expose(m, false), 0);
    assert_string_equal(text_of(m, "/run/lone/" SLOT), "nvme\nother\n");
    assert_string_equal(text_of(m, OVERRIDE), "vfio-pci\n");
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(driver_of(m, SLOT), "nvme");
    assert_string_equal(text_of(m, OVERRIDE), "other\n");
    assert_false(is_there(m, "/run/lone/" SLOT));
    /* One that nobody has exposed keeps it, */
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(m->wrote, "");
    assert_string_equal(text_of(m, OVERRIDE), "other\n");
    /* also when the driver is named; */
    assert_int_equal(expose(m, false), 0);
    assert_int_equal(reclaim(m, "nvme"), 0);
    assert_string_equal(text_of(m, OVERRIDE), "other\n");
    /* and one that had no driver is for the driver of its override. */
    drop(m, "/sys/bus/pci/devices/" SLOT "/driver");
    assert_int_equal(expose(m, false), 0);
    assert_string_equal(text_of(m, "/run/lone/" SLOT), "\nother\n");
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(driver_of(m, SLOT), "other");
    assert_string_equal(text_of(m, OVERRIDE), "other\n");
    /* One that was set since stays: the record may be about a device that was in the slot before. */
    drop(m, "/sys/bus/pci/devices/" SLOT "/driver");
    put_link(m, "/sys/bus/pci/devices/" SLOT "/driver", "../../../drivers/nvme");
    put(m, "/run/lone/" SLOT, "nvme\nother\n");
    put(m, OVERRIDE, "(null)\n");
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(text_of(m, OVERRIDE), "(null)\n");
    /* A long one is not cut off. */
    put(m, OVERRIDE, "a_driver_with_a_name_of_more_than_32_characters\n");
    assert_int_equal(expose(m, false), 0);
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(text_of(m, OVERRIDE), "a_driver_with_a_name_of_more_than_32_characters\n");
    /* vfio-pci, set by hand, is what reclaim is to take away. */
    drop(m, "/sys/bus/pci/devices/" SLOT "/driver");
    put_link(m, "/sys/bus/pci/devices/" SLOT "/driver", "../../../drivers/nvme");
    put(m, OVERRIDE, "vfio-pci\n");
    assert_int_equal(reclaim(m, NULL), 0);
    assert_string_equal(text_of(m, OVERRIDE), "(null)\n");
}

/* An expose that was killed: before it was unbound, and before it was bound. */
static void goes_on_after_a_kill(void **state)
{
    struct machine *m = *state;
    struct lone_pci_device device;

    for (int bound = 1; bound >= 0; bound--) {
        for (int again = 0; again < 2; again++) {
            put(m, "/run/lone/" SLOT, "nvme\n");
            put(m, OVERRIDE, "vfio-pci\n");
            if (!bound)
                drop(m, "/sys/bus/pci/devices/" SLOT "/driver");
            assert_int_equal(lone_pci_find(&m->system, SLOT, &device, &m->error), 0);
            assert_string_equal(device.info, bound ? "" : "(without a driver since an expose: lone-setup reclaim)");
            if (again) {
                assert_int_equal(expose(m, false), 0);
                assert_string_equal(text_of(m, "/run/lone/" SLOT), "nvme\n");
                assert_string_equal(driver_of(m, SLOT), "vfio-pci");
            }
            assert_int_equal(reclaim(m, NULL), 0);
            as_at_first(m);
        }
    }
}

/* Who can open the lock's file can keep others from working with it. */
static void locks_for_root(void **state)
{
    struct machine *m = *state;
    struct stat status;
    char path[512];

    assert_int_equal(expose(m, false), 0);
    path_of(m, path, sizeof(path), "/run/lone/lock");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 077, 0);
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
    put_block(m, "md0", NULL, "9:0\n");
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
    m->claimed = "259:0 9:0";
    assert_int_equal(expose(m, true), -EBUSY);
    assert_has(m->error.text, "it cannot be overridden");
    m->claimed = "259:0";

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
    assert_int_equal(expose(m, false), -EOPNOTSUPP);
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
    assert_int_equal(reclaim(m, "a-name-that-is-longer-than-any-driver-of-the-kernel-or-of-its-modules-has"), -EINVAL);
    put_link(m, "/proc/55/fd/4", "/dev/vfio/19");
    assert_int_equal(reclaim(m, NULL), -EBUSY);
    assert_has(m->error.text, "process 55 has /dev/vfio/19 open");
    put_link(m, "/proc/55/fd/4", "/dev/vfio/190");
    put_link(m, "/proc/55/fd/5", "/dev/vfio/devices/vfio3");
    put_node(m, "/dev/vfio/devices/vfio3", 'c', "243:3");
    put(m, "/sys/class/vfio-dev/vfio3/dev", "243:3\n");
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

    assert_uint_in_range(count, 1, LONE_MAX_REQUIREMENTS);
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
    expect_unmet(m, "vfio-pci", "there is no /lib/modules/6.1.0", "CONFIG_VFIO_PCI");
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
    assert_true(look(m, "huge pages").optional);
    assert_false(look(m, "fuse").optional);
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
    expect_unmet(m, "memlock", "8192 KiB: enough for small queues", "ulimit -S -l 65536");
    assert_true(look(m, "memlock").optional);
    put(m, "/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory  65536   unlimited   bytes\n");
    expect_unmet(m, "memlock", "64 KiB", "ulimit -S -l 65536");
    assert_false(look(m, "memlock").optional);
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

/* What a container has from its host is to be asked for there. */
static void fixes_containers_from_outside(void **state)
{
    struct machine *m = *state;
    static const char *const marks[] = {"/run/.containerenv", "/.dockerenv", "/run/systemd/container"};
    char path[512];

    put_link(m, "/proc/self/ns/pid", "pid:[4026531836]"); /* the first */
    put(m, "/proc/self/limits", "Limit  Soft  Hard  Units\nMax locked memory  8388608   8388608   bytes\n");
    expect_unmet(m, "fuse", "no /dev/fuse", "modprobe fuse");
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        put(m, marks[i], "");
        expect_unmet(m, "fuse", "no /dev/fuse", "--device /dev/fuse");
        drop(m, marks[i]);
    }
    put_link(m, "/proc/self/ns/pid", "pid:[4026532001]");
    expect_unmet(m, "fuse", "no /dev/fuse", "--device /dev/fuse");
    expect_unmet(m, "memlock", "8192 KiB", "--ulimit memlock=67108864");
    expect_unmet(m, "kernel", "unknown", "on the host: ");
    expect_unmet(m, "huge pages", "none", "on the host: sysctl");
    expect_unmet(m, "interrupt remapping", "off", "on the host: ");
    expect_unmet(m, "fusermount3", "not in", "apt-get install fuse3");
    path_of(m, path, sizeof(path), "/sys/bus/pci/drivers/vfio-pci");
    assert_int_equal(rmdir(path), 0);
    expect_unmet(m, "vfio-pci", "does not show in a container", "on the host: ");
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
        TEST(sees_other_nodes),
        TEST(is_not_misled_by_users),
        TEST(sees_all_nodes_of_a_function),
        TEST(sees_loop_devices),
        TEST(sees_zram),
        TEST(sees_targets),
        TEST(sees_claims),
        TEST(tells_claims_of_partitions_apart),
        TEST(claims_outweigh_processes),
        TEST(takes_unknown_for_used),
        TEST(exposes_and_reclaims),
        TEST(keeps_an_override),
        TEST(restores_an_override),
        TEST(goes_on_after_a_kill),
        TEST(locks_for_root),
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
        TEST(fixes_containers_from_outside),
        TEST(names_libraries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
