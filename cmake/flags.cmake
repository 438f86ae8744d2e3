# Compiler flags that every target of the project shares.
add_library(drtop_flags INTERFACE)
# Cutting a text at the end of its buffer is what snprintf is used for here: no warning for that.
target_compile_definitions(drtop_flags INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
target_compile_options(drtop_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla -Wstrict-prototypes
    -Wmissing-prototypes -Wformat=2 -Wwrite-strings -Wpointer-arith -Wcast-qual
    $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
    -fstack-protector-strong -fno-omit-frame-pointer)
if(DRTOP_WERROR)
    target_compile_options(drtop_flags INTERFACE -Werror)
endif()
if(DRTOP_SANITIZE)
    target_compile_options(drtop_flags INTERFACE -fsanitize=${DRTOP_SANITIZE}
                           -fno-sanitize-recover=all)
    target_link_options(drtop_flags INTERFACE -fsanitize=${DRTOP_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
    # And no path of this machine in what is built, so that it is the same wherever it is built.
    target_compile_options(drtop_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
                           -fstack-clash-protection -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
endif()
include(CheckPIESupported)
check_pie_supported()
target_link_options(drtop_flags INTERFACE -Wl,-z,relro,-z,now)
