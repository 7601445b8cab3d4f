#include "net/check.h"

int check_failed;
int check_count;

int check_result(void)
{
    fprintf(stderr, "%d checks, %d failed\n", check_count, check_failed);
    return check_failed == 0 && check_count > 0 ? 0 : 1;
}
