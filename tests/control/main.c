/* The control thread over real sockets: what works, what is refused, and who waits for what. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "areas.h"

int check_failed;
int check_count;

int main(void)
{
    static struct rig rig;
    rig_start(&rig);
    area_reads(&rig);
    area_refusals(&rig);
    area_orders(&rig);
    area_kill(&rig);
    area_cli(&rig);
    area_rough(&rig);
    rig_stop(&rig);
    fprintf(stderr, "%d facts, %d not true\n", check_count, check_failed);
    return check_failed == 0 && check_count > 0 ? 0 : 1;
}
