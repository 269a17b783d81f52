#pragma once
#include <errno.h>
#include <glob.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

// What the importer cannot express: macros with side effects, out-parameters of fixed shape, GNU extensions.

static inline int czmq_errno(void) { return zmq_errno(); }

/// The descriptor that becomes readable when the socket's state may have changed; -1 on failure.
static inline int czmq_descriptor(void *socket) {
    int fd = -1;
    size_t size = sizeof fd;
    return zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0 ? fd : -1;
}

/// ZMQ_POLLIN and ZMQ_POLLOUT as they stand; 0 on failure.
static inline int czmq_events(void *socket) {
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 ? events : 0;
}

/// Closes a socket to everybody when nobody decides who may come in. Declared in newer headers only, known to all.
enum { CZMQ_ZAP_ENFORCE_DOMAIN = 93 };

/// Shows in `top -H` and in debuggers; 15 bytes at most.
static inline void czmq_name_thread(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }

/// The text of a metadata property that belongs to the connection a message came from, or NULL.
static inline const char *czmq_property(zmq_msg_t *message, const char *name) { return zmq_msg_gets(message, name); }

static inline int czmq_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
