#pragma once
#include <errno.h>
#include <fcntl.h>
#include <libxml/HTMLparser.h>
#include <libxml/xmlreader.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zip.h>

// What Swift cannot call: variadic functions and macros.

// An empty file in memory. Unlike one on a disk it can still be opened by the name of its descriptor when the files of
// disks cannot be any more.
static inline int memory_file(void) { return (int)syscall(SYS_memfd_create, "input", 0); }

// Whoever started this process is gone: so is this one.
static inline int confine_life(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

// Nothing is left open but the standard input, output and error.
static inline int confine_descriptors(void) {
    if (!syscall(SYS_close_range, 3, ~0U, 0)) return 0;
    if (errno != ENOSYS && errno != EPERM) return -1;
    for (int descriptor = 3; descriptor < 65536; descriptor++) close(descriptor);
    return 0;
}

static inline int confine_limit(int resource, rlim_t limit) {
    struct rlimit both = {limit, limit};
    return setrlimit(resource, &both);
}

// Only programs, libraries and their data can be opened, and nothing can be written. A kernel without Landlock does
// without it.
static inline int confine_files(void) {
    // To cut a file short is an access of its own since the third version.
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr attributes = {
        .handled_access_fs = ((1ULL << 13) - 1) | (version >= 3 ? 1ULL << 14 : 0)};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
    static const char *const paths[] = {"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts"};
    for (unsigned place = 0; place < sizeof paths / sizeof *paths; place++) {
        int folder = open(paths[place], O_RDONLY | O_CLOEXEC);
        if (folder < 0) continue;
        struct landlock_path_beneath_attr beneath = {
            .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE, .parent_fd = folder};
        if (place < 4) beneath.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
        close(folder);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    int result = (int)syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
    return result;
}

// No network, no further process, no other process reached.
static inline int confine_calls(void) {
    static const int refused[] = {
        SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
        SCMP_SYS(accept4), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(fork), SCMP_SYS(vfork),
        SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
        SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal), SCMP_SYS(unshare), SCMP_SYS(setns),
        SCMP_SYS(mount), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(io_uring_setup), SCMP_SYS(keyctl),
        SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(userfaultfd), SCMP_SYS(memfd_create), SCMP_SYS(chmod),
        SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(setsid), SCMP_SYS(setpgid), SCMP_SYS(shmget), SCMP_SYS(msgget),
        SCMP_SYS(truncate), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(chown), SCMP_SYS(fchown),
        SCMP_SYS(lchown), SCMP_SYS(fchownat), SCMP_SYS(utimensat), SCMP_SYS(setxattr), SCMP_SYS(lsetxattr),
        SCMP_SYS(fsetxattr), SCMP_SYS(sched_setaffinity), SCMP_SYS(setpriority), 440, 452,
    };
    // process_madvise and fchmodat2 stand there by their numbers, which older headers have no names for.
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) return -1;
    int result = 0;
    for (unsigned place = 0; place < sizeof refused / sizeof *refused; place++)
        result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[place], 0);
    result |= seccomp_rule_add(
        filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    // Signals and limits of this process alone.
    result |= seccomp_rule_add(
        filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid()));
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_NE, 0));
    // Its flags lie in memory, where a filter cannot look; without it libraries use the older call.
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (!result) result = seccomp_load(filter);
    seccomp_release(filter);
    return result;
}
