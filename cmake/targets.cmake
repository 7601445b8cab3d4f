# The four shapes of things built here: a core layer, a plugin, a test, a fuzzer.

# sofia_layer(<name> [<library> ...]): core/<name>/*.c as static library sofia_<name>. The order in which core/CMakeLists.txt
# names layers is the order in which they may see each other; scripts/lint checks the includes.
function(sofia_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/${name}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(sofia_${name} STATIC ${sources})
  target_include_directories(sofia_${name} PUBLIC ${CMAKE_SOURCE_DIR}/core)
  target_link_libraries(sofia_${name} PUBLIC sofia_flags sofia_kit ${ARGN})
  set_property(GLOBAL APPEND PROPERTY SOFIA_LAYERS sofia_${name})
endfunction()

# sofia_plugin(<kind_name> <source> ...): one <kind_name>.so under <build>/plugins, exporting sofia_module and nothing else.
function(sofia_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE sofia_flags sofia_sdk sofia_kit)
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
endfunction()

# sofia_test(<name> LABEL <label> SOURCES <c> ... [LINK <target> ...] [PLAIN] [TIMEOUT <s>] [LONG <s>]): a ctest entry. Criterion unless
# PLAIN (a program with its own main, needed for what runs under TSan: name those <what>_threads and that run finds them); a Criterion run in
# which no test ran is a failure. LONG adds a second entry <name>_long, for scripts/test --ci only, which runs with SOFIA_LONG=1 and may take
# that many seconds. Under sanitizers everything may take three times as long. What may take longest begins first, so that nothing long is
# left over at the end, when the other processor has nothing to do.
function(sofia_test name)
  cmake_parse_arguments(t "PLAIN" "LABEL;TIMEOUT;LONG" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${t_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE sofia_flags ${t_LINK})
  target_compile_definitions(${name} PRIVATE SOFIA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SOFIA_BINARY_DIR="${CMAKE_BINARY_DIR}")
  if(t_PLAIN)
    add_test(NAME ${name} COMMAND ${name})
  else()
    target_link_libraries(${name} PRIVATE PkgConfig::criterion)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES FAIL_REGULAR_EXPRESSION "Tested: 0 ")
  endif()
  if(NOT t_TIMEOUT)
    set(t_TIMEOUT 60)
  endif()
  if(SOFIA_SANITIZE)
    math(EXPR t_TIMEOUT "${t_TIMEOUT} * 3")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${t_LABEL} TIMEOUT ${t_TIMEOUT} COST ${t_TIMEOUT})
  if(t_LONG)
    add_test(NAME ${name}_long COMMAND ${name})
    set_tests_properties(${name}_long PROPERTIES LABELS "${t_LABEL};long" TIMEOUT ${t_LONG} COST ${t_LONG} ENVIRONMENT SOFIA_LONG=1)
  endif()
endfunction()

# sofia_fuzzer(<name> SOURCES <c> ... LINK <target> ...): a libFuzzer target in the fuzz preset, else a program that replays its corpus
# tests/fuzz/corpus/<name>/ (so that every input ever found stays a regression test under every compiler).
function(sofia_fuzzer name)
  cmake_parse_arguments(f "" "" "SOURCES;LINK" ${ARGN})
  add_executable(fuzz_${name} ${f_SOURCES})
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  target_link_libraries(fuzz_${name} PRIVATE sofia_flags ${f_LINK})
  if(SOFIA_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.c)
  endif()
  add_test(NAME fuzz_${name} COMMAND fuzz_${name} -runs=0 ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 60)
endfunction()
