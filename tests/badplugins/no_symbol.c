/* A shared object that is no plugin: it exports something else. */
#include <sofia/abi.h>

extern SOFIA_EXPORT const uint32_t sofia_modul;

SOFIA_EXPORT const uint32_t sofia_modul = 1;
