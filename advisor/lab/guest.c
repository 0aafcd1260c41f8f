/* The guest's only program: fills memory, then dirties it at an even rate and counts.
 *
 * Orders come on the kernel's command line, as lab.<name>=<number>:
 *   fill_kib       memory to fill before READY is printed
 *   incompressible parts of 1000 of each page that are random bytes; the rest is one repeated byte
 *   writes         page writes a second
 *   set_kib        memory the writes fall on, from the start of what was filled
 *   pattern        0 uniform, 1 sequential, 2 hot and cold: nine writes of ten on a tenth of the pages
 *   seed           seed of the random numbers
 * Four times a second it prints "COUNT <seconds on the guest's clock> <page writes so far>".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define TICK_NS 2000000L /* writes are spread evenly over ticks of 2 ms */
#define SECOND_NS 1000000000L

static uint64_t state;

static uint64_t next_random(void) /* xorshift64*, Marsaglia 2003 and Vigna 2016 */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717ull;
}

static uint64_t below(uint64_t n) { return (uint64_t)(((unsigned __int128)next_random() * n) >> 64); }

static uint64_t order(const char *orders, const char *name, uint64_t otherwise)
{
    char key[64];
    snprintf(key, sizeof key, "lab.%s=", name);
    const char *at = strstr(orders, key);
    return at ? strtoull(at + strlen(key), NULL, 10) : otherwise;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void fill(unsigned char *memory, uint64_t pages, uint64_t incompressible)
{
    uint64_t random_bytes = PAGE * incompressible / 1000 / 8 * 8;
    for (uint64_t p = 0; p < pages; p++) {
        unsigned char *page = memory + p * PAGE;
        memset(page, (int)(p % 250) + 1, PAGE);
        for (uint64_t b = 0; b < random_bytes; b += 8) {
            uint64_t value = next_random();
            memcpy(page + b, &value, 8);
        }
    }
}

static uint64_t pick(uint64_t pages, uint64_t pattern, uint64_t written)
{
    uint64_t hot = pages / 10 ? pages / 10 : 1;
    if (pattern == 1 || pages <= 1)
        return written % pages;
    if (pattern == 2 && pages > hot)
        return below(10) ? below(hot) : hot + below(pages - hot);
    return below(pages);
}

int main(void)
{
    char orders[4096] = "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    mkdir("/proc", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    FILE *file = fopen("/proc/cmdline", "r");
    if (file == NULL || fgets(orders, sizeof orders, file) == NULL) {
        printf("FAILED no orders\n");
        reboot(RB_POWER_OFF);
    }
    uint64_t bytes = order(orders, "fill_kib", 1024) * 1024, set = order(orders, "set_kib", 1024) * 1024;
    uint64_t rate = order(orders, "writes", 0), pattern = order(orders, "pattern", 0);
    state = order(orders, "seed", 1) * 2654435761ull + 88172645463325252ull;
    unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED || set > bytes || set < PAGE) {
        printf("FAILED orders do not fit\n");
        reboot(RB_POWER_OFF);
    }
    fill(memory, bytes / PAGE, order(orders, "incompressible", 1000));
    printf("READY\n");

    uint64_t pages = set / PAGE, written = 0;
    int64_t start = now_ns(), told = start, wake = start;
    uint64_t owed_from = 0;
    for (;;) {
        wake += TICK_NS;
        struct timespec until = {wake / SECOND_NS, wake % SECOND_NS};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        int64_t now = now_ns();
        if (now - wake > SECOND_NS / 5) { /* paused: what was missed is not made up for */
            start = now;
            wake = now;
            owed_from = written;
        }
        uint64_t owed = owed_from + (uint64_t)((double)(now - start) * (double)rate / SECOND_NS);
        for (; written < owed; written++) {
            uint64_t at = pick(pages, pattern, written) * PAGE + below(PAGE / 8) * 8;
            uint64_t value = next_random();
            memcpy(memory + at, &value, 8);
        }
        if (now - told >= SECOND_NS / 4) {
            told = now;
            printf("COUNT %.3f %llu\n", (double)now / SECOND_NS, (unsigned long long)written);
        }
    }
}
