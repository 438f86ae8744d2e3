# The themes are compiled in, so that a lone binary always has its colours; files of the
# same name in the search path come first (tui/theme.h). Bytes, not string literals: nothing
# needs escaping, and C promises only 4095 characters in a literal.
function(drtop_embed_themes target)
    file(GLOB themes CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/themes/*.json)
    set(out ${CMAKE_BINARY_DIR}/theme_builtin.c)
    set(arrays "")
    set(table "")
    set(index 0)
    foreach(file ${themes})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
        get_filename_component(name ${file} NAME_WE)
        file(READ ${file} bytes HEX)
        string(REGEX REPLACE "(................................)" "\\1\n    " bytes "${bytes}")
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
        string(APPEND arrays "static const unsigned char theme_${index}[] = {\n    ${bytes}};\n\n")
        string(APPEND table "    {\"${name}\", theme_${index}, sizeof theme_${index}},\n")
        math(EXPR index "${index} + 1")
    endforeach()
    file(CONFIGURE OUTPUT ${out} @ONLY CONTENT
         "#include \"tui/theme_builtin.h\"\n\n${arrays}const struct theme_builtin theme_builtins[] = {\n${table}    {NULL, NULL, 0},\n};\n")
    target_sources(${target} PRIVATE ${out})
endfunction()
