# Run by CPack on the installed tree before it becomes a package.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/drtop)
set(source ${CPACK_DRTOP_SOURCE_DIR})

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# One moment for all: the given one, else that of the commit, else that of the change log.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
    execute_process(COMMAND git -C ${source} log -1 --format=%ct
                    OUTPUT_VARIABLE commit_time OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(commit_time MATCHES "^[0-9]+$")
        set(ENV{SOURCE_DATE_EPOCH} ${commit_time})
    else()
        file(TIMESTAMP ${source}/CHANGELOG.md changed "%s" UTC)
        set(ENV{SOURCE_DATE_EPOCH} ${changed})
    endif()
endif()

# The units; an administrator's come before these.
file(MAKE_DIRECTORY ${root}/lib/systemd ${root}/etc/drtop)
file(RENAME ${doc}/systemd ${root}/lib/systemd/system)
file(RENAME ${root}/usr/share/zsh/site-functions ${root}/usr/share/zsh/vendor-completions)

# "copyright" in the machine-readable form: the lines of the licence, an empty one as " .".
file(READ ${source}/LICENSE licence)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)" holder "${licence}")
set(holder ${CMAKE_MATCH_1})
string(REGEX REPLACE "^MIT License\n\nCopyright[^\n]*\n\n" "" licence "${licence}")
string(STRIP "${licence}" licence)
string(REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REPLACE "\n" "\n " licence "${licence}")
file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: drtop

Files: *
Copyright: ${holder}
License: Expat
 ${licence}
")

# The change log is the project's own; Debian's says what this package is.
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
execute_process(COMMAND date -u -R -d @$ENV{SOURCE_DATE_EPOCH}
                OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${doc}/changelog.Debian
"drtop (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}; changelog.gz says what is in it.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}
")

# Tags that are meant, each with its reason.
file(MAKE_DIRECTORY ${root}/usr/share/lintian/overrides)
file(COPY_FILE ${source}/cmake/debian/lintian-overrides ${root}/usr/share/lintian/overrides/drtop)

file(GLOB pages ${root}/usr/share/man/man?/*)
run(gzip -9nf ${pages} ${doc}/changelog ${doc}/changelog.Debian)
# Whatever the umask is.
run(chmod -R u=rwX,go=rX ${root})
run(find ${root} -exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} +)
