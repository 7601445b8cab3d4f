/* Handles: a slot number and the generation of that slot, so that a handle kept too long is
 * recognised. 0 is no handle.
 *
 * Owner: nobody. Thread: any.
 */
#ifndef NET_HANDLE_H
#define NET_HANDLE_H

#include <stdint.h>

static inline uint64_t handle_make(uint32_t slot, uint32_t generation)
{
    return ((uint64_t)generation << 32) | (slot + 1U);
}

static inline uint32_t handle_generation(uint64_t handle)
{
    return (uint32_t)(handle >> 32);
}

/* UINT32_MAX for handle 0. */
static inline uint32_t handle_slot(uint64_t handle)
{
    return (uint32_t)handle - 1U;
}

#endif
