#include <criterion/criterion.h>

#include <string.h>

#include "base/crc32c.h"

Test(crc32c, published_values)
{
    unsigned char bytes[32];

    /* RFC 3720 appendix B.4 and the check value of the CRC catalogue. */
    cr_assert_eq(crc32c(0, "123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof(bytes));
    cr_assert_eq(crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    cr_assert_eq(crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)i;
    }
    cr_assert_eq(crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
}

Test(crc32c, hardware_and_tables_agree_for_every_length_and_split)
{
    unsigned char bytes[100];

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 37 + 11);
    }
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        uint32_t whole = crc32c(0, bytes, len);
        cr_assert_eq(whole, crc32c_portable(0, bytes, len));
        cr_assert_eq(whole, crc32c(crc32c(0, bytes, len / 3), bytes + len / 3, len - len / 3));
    }
}
