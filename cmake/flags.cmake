# Compiler and linker flags of everything built here. One interface target, so a room cannot forget one.
option(SOFIA_WERROR "warnings are errors" OFF)
option(SOFIA_FUZZ "build the libFuzzer targets (clang only)" OFF)
set(SOFIA_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize takes them")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")

add_library(sofia_flags INTERFACE)
target_compile_definitions(sofia_flags INTERFACE _GNU_SOURCE SOFIA_VERSION="${PROJECT_VERSION}")
target_compile_options(sofia_flags INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wsign-conversion;-Wformat=2;-Wcast-qual;-Wstrict-prototypes;-Wmissing-prototypes;-Wvla;-Wswitch-enum;-Wundef;-Wdouble-promotion;-fno-common>
  $<$<AND:$<COMPILE_LANGUAGE:C>,$<C_COMPILER_ID:GNU>>:-Wduplicated-cond;-Wlogical-op>
  $<$<AND:$<COMPILE_LANGUAGE:C>,$<C_COMPILER_ID:Clang>>:-Wthread-safety;-Wno-gnu-zero-variadic-macro-arguments>
  -fstack-protector-strong -fstack-clash-protection -fcf-protection
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_link_options(sofia_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

if(SOFIA_WERROR)
  target_compile_options(sofia_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()
if(SOFIA_SANITIZE)
  target_compile_options(sofia_flags INTERFACE -fsanitize=${SOFIA_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(sofia_flags INTERFACE -fsanitize=${SOFIA_SANITIZE})
  if(SOFIA_SANITIZE MATCHES undefined)
    target_compile_options(sofia_flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
  target_compile_definitions(sofia_flags INTERFACE SOFIA_SANITIZED=1)
else()
  target_compile_options(sofia_flags INTERFACE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(sofia_flags INTERFACE -Wl,-z,defs)
endif()
if(SOFIA_FUZZ)
  target_compile_options(sofia_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
