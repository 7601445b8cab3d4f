/* Functions that are not used here, poisoned so that the compiler refuses them. Include it last,
 * after every system header (a header that mentions a poisoned name later would not compile).
 *
 * strcpy, strcat, sprintf, gets   no bound           -> str_copy, str_format (base/str.h)
 * strtok, localtime, gmtime ...   hidden state       -> a loop; clock_print_utc (base/clock.h)
 * atoi, atof, strtod              no errors, locale  -> str_to_i64; sofia/kit/decimal.h
 * sleep, usleep                   block a loop       -> timers
 * printf, puts                    stdout is for what a subcommand was asked -> log, or fprintf
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* With _FORTIFY_SOURCE glibc makes macros of these for clang, and only names can be poisoned. */
#undef sprintf
#undef printf

#pragma GCC poison strcpy strcat stpcpy sprintf vsprintf gets strtok strtok_r
#pragma GCC poison atoi atol atoll atof strtod strtof strtold
#pragma GCC poison localtime localtime_r gmtime ctime ctime_r asctime asctime_r
#pragma GCC poison sleep usleep printf vprintf puts putchar
#pragma GCC poison tmpnam tempnam mktemp

#endif
