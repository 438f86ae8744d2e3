const char *cli_version(void);
const char *cli_version(void)
{
    return DRTOP_VERSION;
}
