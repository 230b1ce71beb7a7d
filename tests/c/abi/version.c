#include "calls.h"
#include "tests.h"

void versions_agree(void)
{
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", PK_VERSION_MAJOR, PK_VERSION_MINOR, PK_VERSION_PATCH);
    CHECK_TEXT(version, pk_version());
}

void statuses_have_names(void)
{
    CHECK_TEXT("ok", pk_status_name(PK_OK));
    CHECK_TEXT("null_pointer", pk_status_name(PK_ERR_NULL_POINTER));
    CHECK_TEXT("route_exists", pk_status_name(1201));
    CHECK_TEXT("request_timeout", pk_status_name(PK_ERR_REQUEST_TIMEOUT));
    CHECK_TEXT("unknown", pk_status_name(1));
    CHECK_TEXT("unknown", pk_status_name(UINT32_MAX));
}

void errors_of_null_are_no_errors(void)
{
    CHECK(pk_error_code(NULL) == PK_OK);
    CHECK_TEXT("ok", pk_error_name(NULL));
    CHECK_TEXT("", pk_error_message(NULL));
}

void free_of_null_does_nothing(void)
{
    pk_error_free(NULL);
    pk_string_free(NULL);
    pk_backends_free(NULL);
    pk_routes_free(NULL);
    pk_reply_free(NULL);
    CHECK(pk_manager_free(NULL) == PK_OK);
}
