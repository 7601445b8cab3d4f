/* Numbers that only grow, one counter for each API key, for venues that want them inside what is signed.
 *
 *     DIR/<fingerprint of the key>   16 bytes: mark, last number given        shared mapping, 0600
 *
 * next = max(last + 1, wall clock in ns). The last number lies in a shared mapping of a small file: it survives a kill -9 without
 * one system call per number, and two processes with the same folder (the engine and a panic) never give the same one.
 *
 * What it cannot help: a power cut that loses the page *and* a clock that was set back before the restart; and another machine.
 *
 * Owner: one per process. Thread: nonce_open: main; nonce_next: any. Errors: error stack.
 */
#ifndef KEYS_NONCE_H
#define KEYS_NONCE_H

#include <stdint.h>

struct nonce;

/* dir is made if it is missing; name tells keys apart and is a plain file name. ERR_IO, ERR_PARSE: the file is not one of ours, and
 * nothing is guessed. */
int nonce_open(const char *dir, const char *name, struct nonce **ret_nonce);
struct nonce *nonce_close(struct nonce *nonce);

uint64_t nonce_next(struct nonce *nonce, int64_t now_ns);

#endif
