# `cmake --preset package && cmake --build --preset package` makes build-package/drtop_*.deb.
# The program knows where its themes are, so a package can only be made for the prefix /usr.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    return()
endif()

set(DRTOP_MAINTAINER "The drtop authors <drtop@example.com>" CACHE STRING
    "Who answers for the package: Name <address>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME drtop)
set(CPACK_PACKAGE_VENDOR "The drtop authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "terminal dashboard for a MySQL disaster-recovery pair")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"drtop watches a MySQL or MariaDB primary and its replica at a
disaster-recovery site, the path between them and the applications on
top. It says in one word what the facts mean, what a failover would lose
now, and how long there is to decide.

Beside the dashboard it has a recorder that runs as a service and notifies
people, a check for monitoring, metrics for Prometheus, and a guarded way
to start the one Jenkins job that fails over.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${DRTOP_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)

# No logrotate and no user in it: the service logs to the journal, which rotates itself, and runs
# as a user that systemd makes up (DynamicUser=).
file(GLOB units RELATIVE ${CMAKE_SOURCE_DIR}/config/systemd CONFIGURE_DEPENDS
     ${CMAKE_SOURCE_DIR}/config/systemd/*.service)
list(JOIN units " " DRTOP_UNITS)
string(REPLACE "@.service" "@*.service" DRTOP_UNITS "${DRTOP_UNITS}")
foreach(script postinst prerm postrm)
    configure_file(${CMAKE_SOURCE_DIR}/cmake/debian/${script} ${CMAKE_BINARY_DIR}/debian/${script}
                   @ONLY FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
                                          GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/${script})
endforeach()

# What Debian wants in other places or forms than `cmake --install` puts it.
set(CPACK_DRTOP_SOURCE_DIR ${CMAKE_SOURCE_DIR})
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/package_tree.cmake)
include(CPack)
