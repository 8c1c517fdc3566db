# favilla_module(NAME [DEPENDS module...] [LIBS target...])
# Every .cc below the current folder becomes the static library favilla_NAME; every *_test.cc becomes NAME_test.
# Kernel files carry their instruction set in their name: x_avx2.cc, x_avxvnni.cc, x_avx512vnni.cc, x_neon.cc.
# DEPENDS repeats the row of ARCHITECTURE.md's module table; tests/tidy compares the two.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

add_library(favilla_flags INTERFACE)
target_compile_features(favilla_flags INTERFACE cxx_std_20)
target_include_directories(favilla_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(favilla_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                                               -Wno-psabi -fno-math-errno -fno-trapping-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overlaps in "text" + string that cannot be (GCC bug 105651), with -O3 only.
  target_compile_options(favilla_flags INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()
if(FAVILLA_WERROR)
  target_compile_options(favilla_flags INTERFACE -Werror)
endif()
if(FAVILLA_SANITIZE)
  target_compile_options(favilla_flags INTERFACE -fsanitize=${FAVILLA_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=all)
  target_link_options(favilla_flags INTERFACE -fsanitize=${FAVILLA_SANITIZE})
endif()
if(FAVILLA_FUZZERS)
  # Coverage counters in every module; only the fuzz targets link libFuzzer's main.
  target_compile_options(favilla_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_compile_definitions(favilla_flags INTERFACE FAVILLA_VERSION="${PROJECT_VERSION}")

# Kernels are fast in every optimized build: their loops over compile-time counts need -O3, and the speed test runs on
# the dev preset.
set(FAVILLA_KERNEL_FLAGS $<$<NOT:$<CONFIG:Debug>>:-O3>)
set(FAVILLA_AVX2_FLAGS ${FAVILLA_KERNEL_FLAGS} -mavx2 -mfma -mf16c)
set(FAVILLA_AVXVNNI_FLAGS ${FAVILLA_AVX2_FLAGS} -mavxvnni)
# GCC 12's own AVX-512 headers trip -Wmaybe-uninitialized and -Wuninitialized (GCC bug 105593).
set(FAVILLA_AVX512VNNI_FLAGS ${FAVILLA_AVX2_FLAGS} -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni
                             "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-uninitialized>")
set(FAVILLA_NEON_FLAGS ${FAVILLA_KERNEL_FLAGS} -march=armv8.2-a+dotprod)

function(favilla_module NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(FILTER sources EXCLUDE REGEX "_neon\\.cc$")
  else()
    list(FILTER sources EXCLUDE REGEX "_(avx2|avxvnni|avx512vnni)\\.cc$")
  endif()
  foreach(source IN LISTS sources)
    if(source MATCHES "_(avx2|avxvnni|avx512vnni|neon)\\.cc$")
      string(TOUPPER ${CMAKE_MATCH_1} isa)
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${FAVILLA_${isa}_FLAGS}")
    endif()
  endforeach()
  list(TRANSFORM ARG_DEPENDS PREPEND favilla_)
  if(sources)
    add_library(favilla_${NAME} STATIC ${sources})
    target_link_libraries(favilla_${NAME} PUBLIC favilla_flags ${ARG_DEPENDS} PRIVATE ${ARG_LIBS})
  else()  # headers only
    add_library(favilla_${NAME} INTERFACE)
    target_link_libraries(favilla_${NAME} INTERFACE favilla_flags ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY FAVILLA_LIBRARIES favilla_${NAME})
  if(tests AND BUILD_TESTING)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE favilla_${NAME} ${ARG_LIBS} GTest::gtest_main GTest::gmock)
    # Tests find golden files by the source folder and may write into the build folder.
    target_compile_definitions(${NAME}_test PRIVATE FAVILLA_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                    FAVILLA_BINARY_DIR="${CMAKE_BINARY_DIR}")
    gtest_discover_tests(${NAME}_test DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
  endif()
endfunction()
