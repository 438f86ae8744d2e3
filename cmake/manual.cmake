# Manual pages and completions of the shells: made while building, by a program that links the
# tables that drtop itself runs on (manual/manual.h).
set(DRTOP_MANUAL_DIR ${CMAKE_BINARY_DIR}/manual)
file(MAKE_DIRECTORY ${DRTOP_MANUAL_DIR})

file(GLOB MANUAL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/manual/*.c)
list(FILTER MANUAL_SOURCES EXCLUDE REGEX "/main\\.c$")
add_library(manual STATIC ${MANUAL_SOURCES})
target_link_libraries(manual PUBLIC cli PRIVATE PkgConfig::JSONC)
add_executable(drtop-manual manual/main.c)
target_link_libraries(drtop-manual PRIVATE manual PkgConfig::JSONC)
set_target_properties(drtop-manual PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${DRTOP_MANUAL_DIR})

set(MANUAL_FILES ${DRTOP_MANUAL_DIR}/drtop.1 ${DRTOP_MANUAL_DIR}/drtop.json.5
                 ${DRTOP_MANUAL_DIR}/drtop.bash ${DRTOP_MANUAL_DIR}/_drtop
                 ${DRTOP_MANUAL_DIR}/drtop.fish)
add_custom_command(
    OUTPUT ${MANUAL_FILES}
    COMMAND drtop-manual ${DRTOP_MANUAL_DIR} ${CMAKE_SOURCE_DIR}/config/drtop.schema.json
    DEPENDS drtop-manual ${CMAKE_SOURCE_DIR}/config/drtop.schema.json
    COMMENT "Writing the manual" VERBATIM)
add_custom_target(manual-pages ALL DEPENDS ${MANUAL_FILES})

install(FILES ${DRTOP_MANUAL_DIR}/drtop.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${DRTOP_MANUAL_DIR}/drtop.json.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${DRTOP_MANUAL_DIR}/drtop.bash RENAME drtop
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${DRTOP_MANUAL_DIR}/_drtop DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${DRTOP_MANUAL_DIR}/drtop.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
