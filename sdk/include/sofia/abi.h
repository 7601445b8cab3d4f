/* The ground rules of the binary interface between Sofia and a plugin. Every other SDK header stands on this one.
 *
 *                     sofia (one process)
 *     +-----------------------------------------------------+
 *     |  core   --- sofia_module (data, read first) --->    |
 *     |         <-- struct sofia_host (functions) ---       |  plugin.so
 *     |         --- kind descriptor (callbacks) --->        |
 *     +-----------------------------------------------------+
 *
 * How structs grow. Every struct that crosses the boundary begins with its own size, grows only at its end and is never
 * reordered. Who reads a struct made by the other side asks SOFIA_HAS first; a smaller struct is an older one and means
 * "the missing fields are zero". A struct larger than the reader knows is accepted from the core and refused from a
 * plugin (a plugin built against a newer SDK may rely on a callback this core would never call).
 *
 * What is not used here, and why: no enum (its width is the compiler's choice), no bool (its padding is), no long (32 or
 * 64 bits), no float or double (money is exact), no bit-fields, no pointers inside events. Numbers once given are never
 * used again for something else; 0 is always "not set".
 *
 * Threads. Each callback says in brackets on which thread it runs:
 *     [main]   while loading, before any thread exists
 *     [trade]  the single thread that owns venues, orders and risk; a callback here must return within microseconds
 *     [sink]   the thread of that one sink; it may block
 *     [any]    from any thread, at any time
 * and in which state the plugin is: created, started, stopped. Callbacks of one instance never run at the same time and
 * never nest: a host call made inside a callback never calls back into the plugin before that callback has returned.
 *
 * Host calls are of three kinds, named at each: *local* (answered at once, no effect outside), *post* (returns an id; the
 * outcome arrives later as exactly one event) and *view* (a copy the core made before the callback began). There is no
 * fourth kind, so the same interface works with the plugin in a child process.
 *
 * Status. Functions return 0 or a negative SOFIA_E... number. Outputs are last and untouched on failure.
 */
#ifndef SOFIA_ABI_H
#define SOFIA_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Major: a plugin built for another major is refused. Minor: counts additions; a plugin may ask for a newer minor than the
 * core has only if it does not need it (see sofia_module.abi_minor_needed). */
#define SOFIA_ABI_MAJOR 1u
#define SOFIA_ABI_MINOR 0u

/* First word of sofia_module: the bytes "SOFIAmod" read as a little-endian number. Not a plugin of ours: refused unread. */
#define SOFIA_MAGIC 0x646f6d4149464f53ull

/* True if the struct behind ptr, whose first member is its size, is large enough to hold field. */
#define SOFIA_HAS(type, ptr, field)                                                                \
    ((ptr) != NULL && (ptr)->size >= offsetof(struct type, field) + sizeof((ptr)->field))

#if defined(__GNUC__)
#define SOFIA_EXPORT __attribute__((visibility("default")))
#else
#define SOFIA_EXPORT
#endif

/* Kinds of plugin. */
#define SOFIA_KIND_EXCHANGE 1u
#define SOFIA_KIND_STRATEGY 2u
#define SOFIA_KIND_RISK 3u
#define SOFIA_KIND_SINK 4u

/* Status of calls in both directions. */
#define SOFIA_OK 0
#define SOFIA_EINVAL (-1) /* an argument is wrong; the text of the log says which */
#define SOFIA_EAGAIN (-2) /* a bounded queue is full now; a WRITABLE event follows when it is not */
#define SOFIA_ENOENT (-3) /* no such order, instrument, handle, option */
#define SOFIA_ESTALE (-4) /* the handle was valid once; its generation has passed */
#define SOFIA_EDENIED (-5) /* not allowed to this kind of plugin, or in this state */
#define SOFIA_ENOTSUP (-6) /* the other side does not do this (yet) */
#define SOFIA_ESPACE (-7)  /* the caller's buffer is too small */
#define SOFIA_EPARSE (-8)  /* the bytes are not what the protocol promises */
#define SOFIA_ENOMEM (-9)
#define SOFIA_EFAIL (-10) /* anything else; said in the log */

/* A handle is a slot number and the generation of that slot, so that a handle kept too long is recognised instead of
 * meaning somebody else's object. 0 is no handle. Plugins treat it as opaque and compare for equality only. */
typedef uint64_t sofia_handle;

/* Fixed text sizes, NUL included. They are part of the interface. */
#define SOFIA_NAME_SIZE 48      /* instance, instrument, strategy names */
#define SOFIA_ASSET_SIZE 24     /* "BTC"; UTF-8 */
#define SOFIA_CLIENT_ID_SIZE 40 /* 36 characters used */
#define SOFIA_VENUE_ID_SIZE 48  /* the venue's order id as text */
#define SOFIA_FILL_ID_SIZE 64   /* the adapter's fill id; unique with the venue order id */
#define SOFIA_REASON_SIZE 120   /* one sentence for a person */

/* Levels of sofia_host.log. */
#define SOFIA_LOG_DEBUG 1u
#define SOFIA_LOG_INFO 2u
#define SOFIA_LOG_WARN 3u
#define SOFIA_LOG_ERROR 4u

#ifdef __cplusplus
}
#endif
#endif
