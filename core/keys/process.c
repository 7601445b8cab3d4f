#include "keys/keys.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/error.h"

#include "base/banned.h"

enum { SECURE_HEAP_BYTES = 1 << 18, SECURE_HEAP_LEAST = 32 };

int keys_harden_process(void)
{
    struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        return error_set_errno("forbid core dumps");
    }
    /* Also takes /proc/PID/mem and environ away from other processes of the same user. Lost at
     * exec. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return error_set_errno("make the process undumpable");
    }
    /* OpenSSL keeps parsed private keys there: locked, and wiped when freed. 2: it could not be
     * locked. */
    if (CRYPTO_secure_malloc_initialized() == 0 &&
        CRYPTO_secure_malloc_init(SECURE_HEAP_BYTES, SECURE_HEAP_LEAST) == 0) {
        return error_set(ERR_CRYPTO, "secure heap");
    }
    return 0;
}
