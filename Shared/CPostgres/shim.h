#pragma once
#include <libpq-fe.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/* Macros and variadic functions that Swift cannot import. */

static inline int cpostgres_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

/* At most 15 bytes are kept of the name. */
static inline void cpostgres_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
