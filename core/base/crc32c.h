/* CRC-32C (Castagnoli): the checksum of journal records. By the processor's instruction where it
 * has one, else by tables; both give the same number, which the tests compare.
 *
 *     crc32c(crc32c(0, a, a_len), b, b_len)     of the two joined
 *
 * Owner: the caller. Thread: any.
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t crc, const void *data, size_t len);
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t len);

#endif
