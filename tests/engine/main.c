/* The whole engine with all its threads, on real sockets: started, looked at and commanded from two sides, halted, resumed and
 * stopped. What TSan says about it is what this program is for. */
#include "check.h"
#include "drive.h"

_Atomic int check_failed;
_Atomic int check_count;

int main(void)
{
    static struct rig rig;
    bool started = rig_start(&rig);
    CHECK(started, "it does not start");
    if (started) {
        bool ready = rig_run(&rig);
        CHECK(ready, "it does not become ready");
        if (ready) {
            drive(&rig, 6);
        }
        rig_end(&rig);
        rig_judge(&rig);
    }
    rig_free(&rig);
    fprintf(stderr, "%d facts, %d not true\n", check_count, check_failed);
    return check_failed == 0 && check_count > 0 ? 0 : 1;
}
