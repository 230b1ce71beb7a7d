/* Nothing is printed, whatever goes wrong, and the standard input is left alone. */
#include "contract.h"

#include <sys/wait.h>
#include <unistd.h>

static void look_at_nothing(const char *step)
{
    (void)step;
}

/* Puts a file in the place of a descriptor. */
static int replace(int descriptor, FILE **file)
{
    int kept = dup(descriptor);
    *file = tmpfile();
    CHECK(kept >= 0 && *file != NULL);
    CHECK(dup2(fileno(*file), descriptor) == descriptor);
    return kept;
}

void nothing_is_printed_or_read(void)
{
    FILE *files[3];
    int kept[3];
    fflush(NULL);
    for (int descriptor = 0; descriptor < 3; descriptor++)
        kept[descriptor] = replace(descriptor, &files[descriptor]);
    CHECK(write(0, "input", 5) == 5 && lseek(0, 0, SEEK_SET) == 0);
    live(look_at_nothing);
    fflush(NULL);
    long read_so_far = lseek(0, 0, SEEK_CUR), printed[3];
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        printed[descriptor] = lseek(descriptor, 0, SEEK_END);
        CHECK(dup2(kept[descriptor], descriptor) == descriptor);
        close(kept[descriptor]);
        fclose(files[descriptor]);
    }
    CHECK(read_so_far == 0);
    CHECK(printed[1] == 0);
    CHECK(printed[2] == 0);
}

static void live_without_them(void)
{
    for (int descriptor = 0; descriptor < 3; descriptor++)
        close(descriptor);
    live(look_at_nothing);
}

void standard_descriptors_are_not_needed(void)
{
    /* Others have their numbers then, and what is printed would go to a client. */
    int status = run_in_child(live_without_them);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
