/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/arena.h"

#include "unit/unit.h"

#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

static void the_first_large_block_starts_where_a_huge_page_does(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        assert_int_equal((uintptr_t)arena_bytes(arena, 3 * HUGE_PAGE) % HUGE_PAGE, 0);
}

static void large_blocks_are_writable_to_their_last_bytes_and_do_not_overlap(void **state)
{
        static const size_t sizes[] = {ARENA_LARGE,   3 * HUGE_PAGE - 1, ARENA_LARGE + 1, HUGE_PAGE,
                                       HUGE_PAGE + 1, HUGE_PAGE - 1,     ARENA_LARGE,     5 * HUGE_PAGE};
        uint8_t *blocks[G_N_ELEMENTS(sizes)];
        g_autoptr(Arena) arena = arena_new();
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
                blocks[i] = arena_bytes(arena, sizes[i]);
                memset(blocks[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
                for (size_t k = 0; k < sizes[i]; k++)
                        if (blocks[i][k] != i + 1)
                                fail_msg("byte %zu of block %zu was overwritten", k, i);
}

static void a_large_block_goes_with_its_arena(void **state)
{
        Arena *arena = arena_new();
        uint8_t *block = arena_bytes(arena, 2 * HUGE_PAGE);
        block[0] = 1;
        assert_int_equal(msync(block, 1, MS_ASYNC), 0);
        arena_free(arena);
        assert_int_equal(msync(block, 1, MS_ASYNC), -1); /* ENOMEM: nothing is mapped there */
}

static void small_blocks_and_large_ones_keep_apart(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        uint8_t *small = arena_bytes(arena, 100), *large = arena_bytes(arena, ARENA_LARGE),
                *none = arena_bytes(arena, 0);
        assert_non_null(none);
        memset(small, 1, 100);
        memset(large, 2, ARENA_LARGE);
        for (int i = 0; i < 100; i++)
                assert_int_equal(small[i], 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_large_block_starts_where_a_huge_page_does),
                cmocka_unit_test(large_blocks_are_writable_to_their_last_bytes_and_do_not_overlap),
                cmocka_unit_test(a_large_block_goes_with_its_arena),
                cmocka_unit_test(small_blocks_and_large_ones_keep_apart),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
