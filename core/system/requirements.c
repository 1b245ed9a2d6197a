/* SPDX-License-Identifier: MIT */
/* What the machine must have, and the command that gives it what is missing. */
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <json-c/json_c_version.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/pci.h"

/* VFIO tells the allowed IOVA ranges since 5.4. */
#define KERNEL_MAJOR 5
#define KERNEL_MINOR 4
/* The mount is built on libfuse 3.14. */
#define FUSE_MINOR 14
/* For queues and buffers of some size; and what the mount starts with. */
#define MEMLOCK_KB       65536ul
#define MEMLOCK_LEAST_KB 2048ul

static void __attribute__((format(printf, 2, 3))) found(struct lone_requirement *row, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(row->found, sizeof(row->found), format, arguments);
    va_end(arguments);
}

static void __attribute__((format(printf, 2, 3))) fix(struct lone_requirement *row, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(row->remedy, sizeof(row->remedy), format, arguments);
    va_end(arguments);
}

/* The same, for what a container has from its host. */
static void __attribute__((format(printf, 3, 4)))
fix_host(const struct lone_system *system, struct lone_requirement *row, const char *format, ...)
{
    int n = snprintf(row->remedy, sizeof(row->remedy), "%s", sys_is_container(system) ? "on the host: " : "");
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(row->remedy + n, sizeof(row->remedy) - (size_t)n, format, arguments);
    va_end(arguments);
}

/* Is there a line in the file @name that contains @word? */
static bool has_line(const struct lone_system *system, const char *name, const char *word)
{
    char path[PATH_SIZE], *line = NULL;
    bool result = false;
    size_t size = 0;
    FILE *file;

    sys_path(system, path, "%s", name);
    file = fopen(path, "re");
    while (file && !result && getline(&line, &size, file) > 0)
        result = strstr(line, word) != NULL;
    free(line);
    if (file)
        fclose(file);
    return result;
}

/* The rest of the line in the file @name that begins with @key. */
static bool line_of(const struct lone_system *system, const char *name, const char *key, char *rest, size_t rest_size)
{
    char path[PATH_SIZE], *line = NULL;
    bool result = false;
    size_t size = 0;
    FILE *file;

    rest[0] = 0;
    sys_path(system, path, "%s", name);
    file = fopen(path, "re");
    while (file && !result && getline(&line, &size, file) > 0) {
        result = !strncmp(line, key, strlen(key));
        if (result)
            snprintf(rest, rest_size, "%s", line + strlen(key));
    }
    free(line);
    if (file)
        fclose(file);
    return result;
}

static bool can_use(const struct lone_system *system, const char *name)
{
    char path[PATH_SIZE];

    sys_path(system, path, "%s", name);
    return eaccess(path, R_OK | W_OK) == 0;
}

static void kernel_release(const struct lone_system *system, char *release, size_t size)
{
    if (sys_read(system, release, size, "/proc/sys/kernel/osrelease") <= 0)
        snprintf(release, size, "unknown");
}

/* --- Kernel --- */

static void look_at_kernel(const struct lone_system *system, struct lone_requirement *row)
{
    char release[80];
    int major = 0, minor = 0;

    kernel_release(system, release, sizeof(release));
    found(row, "%s", release);
    row->met = sscanf(release, "%d.%d", &major, &minor) == 2 &&
               (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR));
    fix_host(system, row, "apt-get install linux-image-amd64 && reboot (version %d.%d or later)", KERNEL_MAJOR,
             KERNEL_MINOR);
}

/* --- IOMMU --- */

struct names {
    const struct lone_system *system;
    char text[80];
    int count;
};

static int take_group(void *context, const char *name)
{
    struct names *groups = context;
    char kind[32];

    sys_read(groups->system, kind, sizeof(kind), "/sys/kernel/iommu_groups/%s/name", name);
    if (strcmp(kind, "vfio-noiommu"))
        groups->count++;
    return 0;
}

static int take_iommu(void *context, const char *name)
{
    struct names *iommus = context;

    list_add(iommus->text, sizeof(iommus->text), ", ", name);
    iommus->count++;
    return 0;
}

/* Is @word among the words of @line? */
static bool has_word(const char *line, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = line; (at = strstr(at, word)); at += length)
        if ((at == line || isspace((unsigned char)at[-1])) && (!at[length] || isspace((unsigned char)at[length])))
            return true;
    return false;
}

/* How to boot with other arguments: @edit is what sed makes of the line in Debian's file. */
static void fix_boot(const struct lone_system *system, struct lone_requirement *row, const char *edit)
{
    fix_host(system, row, "sed -i '%s' /etc/default/grub && update-grub && reboot", edit);
}

static void look_at_iommu(const struct lone_system *system, struct lone_requirement *row)
{
    struct names groups = {.system = system}, iommus = {.system = system};
    char line[2048];

    sys_each(system, "/sys/kernel/iommu_groups", take_group, &groups);
    sys_each(system, "/sys/class/iommu", take_iommu, &iommus);
    row->met = groups.count > 0;
    if (row->met) {
        found(row, "%s, %d groups", iommus.count ? iommus.text : "on", groups.count);
        return;
    }
    sys_read(system, line, sizeof(line), "/proc/cmdline");
    if (sys_exists(system, "/sys/firmware/acpi/tables/DMAR")) {
        found(row, "Intel VT-d is there but off");
        fix_boot(system, row,
                 has_word(line, "intel_iommu=off") ? "s/intel_iommu=off/intel_iommu=on/"
                                                   : "s/^GRUB_CMDLINE_LINUX=\"/&intel_iommu=on /");
    } else if (sys_exists(system, "/sys/firmware/acpi/tables/IVRS")) {
        found(row, "AMD-Vi is there but off (dmesg | grep AMD-Vi may say why)");
        if (has_word(line, "amd_iommu=off"))
            fix_boot(system, row, "s/amd_iommu=off//");
        else if (has_word(line, "iommu=off"))
            fix_boot(system, row, "s/\\biommu=off//");
        else
            fix_boot(system, row, "s/^GRUB_CMDLINE_LINUX=\"/&amd_iommu=on /");
    } else {
        found(row, "none");
        fix_host(
            system, row,
            "switch VT-d (Intel) or AMD-Vi, also called IOMMU or SVM, on in the firmware's set-up; a virtual machine "
            "needs a virtual IOMMU");
    }
}

/* --- Interrupt remapping --- */

/* Without it VFIO refuses to hand out devices, unless it is told not to mind. No file says whether it is on, but every
 * interrupt then comes through a controller whose name says so: IR-IO-APIC, IR-PCI-MSI; on Arm the ITS, which always
 * does. */
static void look_at_remapping(const struct lone_system *system, struct lone_requirement *row)
{
    char unsafe[8];

    if (has_line(system, "/proc/interrupts", " IR-") || has_line(system, "/proc/interrupts", " ITS-")) {
        row->met = true;
        found(row, "on");
        return;
    }
    sys_read(system, unsafe, sizeof(unsafe), "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
    row->met = unsafe[0] == 'Y' || unsafe[0] == '1';
    found(row, row->met ? "off, and VFIO is told not to mind (allow_unsafe_interrupts)" : "off");
    fix_host(
        system, row,
        "switch it on with the IOMMU in the firmware's set-up and boot without intremap=off; or, trusting the devices: "
        "modprobe vfio_iommu_type1; echo 1 > /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
}

/* --- VFIO --- */

static void look_at_vfio(const struct lone_system *system, struct lone_requirement *row)
{
    char release[80], modules[160], builtin[160];
    bool is_module, container = sys_is_container(system);

    kernel_release(system, release, sizeof(release));
    snprintf(modules, sizeof(modules), "/lib/modules/%s/modules.dep", release);
    snprintf(builtin, sizeof(builtin), "/lib/modules/%s/modules.builtin", release);
    is_module = has_line(system, modules, "/vfio-pci.ko") || has_line(system, builtin, "/vfio-pci.ko");
    row->met = true;
    if (sys_exists(system, "/dev/vfio/vfio") && !can_use(system, "/dev/vfio/vfio")) {
        row->met = false;
        found(row, "/dev/vfio/vfio cannot be opened");
        fix(row, container ? "start the container with --device /dev/vfio/vfio --device /dev/vfio/GROUP"
                           : "chmod 0666 /dev/vfio/vfio");
    } else if (sys_exists(system, "/sys/bus/pci/drivers/" VFIO_PCI)) {
        found(row, "loaded");
    } else if (is_module) {
        found(row, "there, not loaded: lone-setup expose does that");
    } else if (container) {
        row->met = false;
        found(row, "not loaded; what the kernel %s has besides does not show in a container", release);
        fix(row, "on the host: lone-setup requirements, lone-setup expose");
    } else {
        row->met = false;
        found(row,
              sys_exists(system, "/lib/modules/%s", release) ? "the kernel %s does not have it"
                                                             : "not loaded, and there is no /lib/modules/%s",
              release);
        fix(row, "apt-get install linux-image-amd64 && reboot (a kernel with CONFIG_VFIO_PCI)");
    }
}

/* --- Memory --- */

struct pools {
    const struct lone_system *system;
    char text[128];
    unsigned long pages;
};

static unsigned long pool_number(const struct pools *pools, const char *pool, const char *name)
{
    char text[32];

    sys_read(pools->system, text, sizeof(text), "/sys/kernel/mm/hugepages/%s/%s", pool, name);
    return strtoul(text, NULL, 10);
}

static int take_pool(void *context, const char *name)
{
    struct pools *pools = context;
    unsigned long size, pages, overcommit;
    char text[80];

    if (sscanf(name, "hugepages-%lukB", &size) != 1)
        return 0;
    pages = pool_number(pools, name, "nr_hugepages");
    overcommit = pool_number(pools, name, "nr_overcommit_hugepages");
    snprintf(text, sizeof(text), "%lu of %lu %s (%lu free)", pages, size >= 1024 ? size / 1024 : size,
             size >= 1024 ? "MiB" : "KiB", pool_number(pools, name, "free_hugepages"));
    list_add(pools->text, sizeof(pools->text), ", ", text);
    pools->pages += pages + overcommit;
    return 0;
}

static void look_at_huge_pages(const struct lone_system *system, struct lone_requirement *row)
{
    struct pools pools = {.system = system};

    sys_each(system, "/sys/kernel/mm/hugepages", take_pool, &pools);
    row->optional = true;
    row->met = pools.pages > 0;
    found(row, "%s", pools.text[0] ? pools.text : "none: the kernel knows no huge pages");
    fix_host(
        system, row,
        "sysctl vm.nr_hugepages=64 (and for good: echo vm.nr_hugepages=64 > /etc/sysctl.d/lone.conf); without, lone "
        "takes ordinary pages");
}

static bool may_lock_all(const struct lone_system *system)
{
    char text[64];

    return line_of(system, "/proc/self/status", "CapEff:", text, sizeof(text)) &&
           strtoull(text, NULL, 16) >> 14 & 1; /* CAP_IPC_LOCK */
}

/* "8388608", or "unlimited", as kilobytes. */
static unsigned long limit_kb(const char *text)
{
    return isdigit((unsigned char)text[0]) ? strtoul(text, NULL, 10) / 1024 : ~0ul;
}

static void look_at_memlock(const struct lone_system *system, struct lone_requirement *row)
{
    char line[128], soft[32], hard[32], user[32];

    if (!line_of(system, "/proc/self/limits", "Max locked memory", line, sizeof(line)) ||
        sscanf(line, "%31s %31s", soft, hard) != 2) {
        found(row, "unknown");
        fix(row, "mount -t proc proc /proc");
        return;
    }
    row->met = limit_kb(soft) >= MEMLOCK_KB;
    row->optional = limit_kb(soft) >= MEMLOCK_LEAST_KB;
    if (limit_kb(soft) == ~0ul)
        found(row, "unlimited");
    else
        found(row, "%lu KiB%s", limit_kb(soft),
              row->met || !row->optional ? "" : ": enough for small queues and buffers");
    if (!row->met && may_lock_all(system)) {
        row->met = true;
        found(row, "%lu KiB, which does not bind root: see as the user", limit_kb(soft));
    }
    user_name(getuid(), user, sizeof(user));
    if (limit_kb(hard) >= MEMLOCK_KB)
        fix(row, "ulimit -S -l %lu", MEMLOCK_KB);
    else if (sys_is_container(system))
        fix(row, "start the container with --ulimit memlock=%lu", MEMLOCK_KB * 1024);
    else
        fix(row, "as root: echo '%s - memlock %lu' > /etc/security/limits.d/lone.conf; then log in again", user,
            MEMLOCK_KB);
}

/* --- FUSE --- */

static void look_at_fuse(const struct lone_system *system, struct lone_requirement *row)
{
    row->met = can_use(system, "/dev/fuse");
    if (row->met) {
        found(row, "/dev/fuse can be opened");
    } else if (sys_exists(system, "/dev/fuse")) {
        found(row, "/dev/fuse cannot be opened");
        fix(row, "chmod 0666 /dev/fuse");
    } else {
        found(row, "there is no /dev/fuse");
        fix(row, sys_is_container(system) ? "start the container with --device /dev/fuse --cap-add SYS_ADMIN"
                                          : "modprobe fuse");
    }
}

static bool find_program(const struct lone_system *system, const char *name, char path[PATH_SIZE], struct stat *status)
{
    static const char *const directories[] = {"/usr/bin", "/bin", "/usr/local/bin"};

    for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
        char real[PATH_SIZE];

        snprintf(path, PATH_SIZE, "%s/%s", directories[i], name);
        sys_path(system, real, "%s", path);
        if (stat(real, status) == 0)
            return true;
    }
    return false;
}

static void look_at_fusermount(const struct lone_system *system, struct lone_requirement *row)
{
    char path[PATH_SIZE];
    struct stat status;

    if (!find_program(system, "fusermount3", path, &status)) {
        found(row, "not in /usr/bin");
        fix(row, "apt-get install fuse3");
        return;
    }
    row->met = status.st_mode & S_ISUID && (status.st_uid == 0 || !sys_is_real(system));
    found(row, "%.64s%s", path, row->met ? ", set-uid root" : ", not set-uid root: only root can mount");
    fix(row, "chown root %.64s; chmod u+s %.64s", path, path);
}

/* --- Libraries --- */

/* The library does not link what only the mount and the memory use. */
static void look_at_libraries(const struct lone_system *system, struct lone_requirement *row)
{
    const char *(*pkgversion)(void) = NULL;
    int (*version)(void) = NULL;
    void *fuse = dlopen("libfuse3.so.3", RTLD_LAZY | RTLD_LOCAL);
    struct pci_names *names = pci_names_open();

    (void)system;
    if (fuse) {
        *(void **)&pkgversion = dlsym(fuse, "fuse_pkgversion");
        *(void **)&version = dlsym(fuse, "fuse_version");
    }
    row->met = version && version() >= 300 + FUSE_MINOR;
    found(row, "libfuse %s, json-c %s, names of devices: %s", pkgversion ? pkgversion() : "none", json_c_version(),
          names ? "yes" : "no (/usr/lib/udev/hwdb.bin)");
    fix(row, "apt-get install libfuse3-3 (version 3.%d or later)", FUSE_MINOR);
    pci_names_close(names);
    if (fuse)
        dlclose(fuse);
}

int lone_requirements(const struct lone_system *system, struct lone_requirement *list)
{
    static const struct {
        const char *name;
        void (*look)(const struct lone_system *system, struct lone_requirement *row);
    } rows[] = {
        {"kernel", look_at_kernel},
        {"iommu", look_at_iommu},
        {"interrupt remapping", look_at_remapping},
        {"vfio-pci", look_at_vfio},
        {"huge pages", look_at_huge_pages},
        {"memlock", look_at_memlock},
        {"fuse", look_at_fuse},
        {"fusermount3", look_at_fusermount},
        {"libraries", look_at_libraries},
    };
    int count;

    for (count = 0; count < (int)(sizeof(rows) / sizeof(*rows)); count++) {
        memset(&list[count], 0, sizeof(list[count]));
        snprintf(list[count].name, sizeof(list[count].name), "%s", rows[count].name);
        rows[count].look(system, &list[count]);
        if (list[count].met)
            list[count].remedy[0] = 0;
    }
    return count;
}
