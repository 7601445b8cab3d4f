#include "control/snapshot.h"

#include <string.h>

#define FRESH 4u
#define INDEX 3u

void snapshots_init(struct snapshots *snapshots)
{
    memset(snapshots, 0, sizeof(*snapshots));
    snapshots->writing = 0;
    snapshots->reading = 1;
    atomic_store(&snapshots->shared, 2u);
}

struct snapshot *snapshot_edit(struct snapshots *snapshots)
{
    return &snapshots->buffers[snapshots->writing];
}

void snapshot_publish(struct snapshots *snapshots)
{
    uint32_t mine = snapshots->writing | FRESH;
    snapshots->writing =
        atomic_exchange_explicit(&snapshots->shared, mine, memory_order_acq_rel) & INDEX;
}

const struct snapshot *snapshot_read(struct snapshots *snapshots)
{
    if ((atomic_load_explicit(&snapshots->shared, memory_order_acquire) & FRESH) != 0) {
        snapshots->reading =
            atomic_exchange_explicit(&snapshots->shared, snapshots->reading, memory_order_acq_rel) &
            INDEX;
    }
    return &snapshots->buffers[snapshots->reading];
}
