/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/globs.h"

typedef struct Leaf {
        const char *tail; /* from the first '*' on; "": the head is all */
        const void *value;
        struct Leaf *next;
} Leaf;

typedef struct Node {
        uint8_t byte;
        struct Node *child, *sibling;
        Leaf *leaves; /* of the heads that end here */
} Node;

struct Globs {
        Arena *arena;
        Node root;
};

Globs *globs_new(Arena *arena)
{
        Globs *globs = arena_new0(arena, Globs);
        globs->arena = arena;
        return globs;
}

static Node *child_of(const Node *node, uint8_t byte)
{
        Node *child = node->child;
        while (child && child->byte != byte)
                child = child->sibling;
        return child;
}

static Node *grow_child(Globs *globs, Node *node, uint8_t byte)
{
        Node *child = child_of(node, byte);
        if (child)
                return child;
        child = arena_new0(globs->arena, Node);
        *child = (Node){.byte = byte, .sibling = node->child};
        return node->child = child;
}

void globs_add(Globs *globs, const char *pattern, const void *value)
{
        size_t head = strcspn(pattern, "*");
        Node *node = &globs->root;
        for (size_t i = 0; i < head; i++)
                node = grow_child(globs, node, (uint8_t)pattern[i]);
        Leaf **end = &node->leaves;
        while (*end)
                end = &(*end)->next;
        *end = arena_new0(globs->arena, Leaf);
        **end = (Leaf){.tail = arena_str(globs->arena, pattern + head), .value = value};
}

/* Greedy with one place to come back to: the last '*'. */
static bool fits(const char *pattern, Span text)
{
        const char *star = NULL;
        size_t at = 0, again = 0;
        while (at < text.len) {
                if (*pattern == '*') {
                        star = ++pattern;
                        again = at;
                } else if (*pattern && (uint8_t)*pattern == text.data[at]) {
                        pattern++;
                        at++;
                } else if (star) {
                        pattern = star;
                        at = ++again;
                } else {
                        return false;
                }
        }
        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}

const void *globs_find(const Globs *globs, Span name)
{
        const void *found = NULL;
        const Node *node = &globs->root;
        for (size_t i = 0; node; i++) {
                for (const Leaf *leaf = node->leaves; leaf; leaf = leaf->next) {
                        if (fits(leaf->tail, span_from(name, i))) {
                                found = leaf->value;
                                break;
                        }
                }
                node = i < name.len ? child_of(node, name.data[i]) : NULL;
        }
        return found;
}

static void each_under(const Node *node, void (*each)(const void *, void *), void *context)
{
        for (const Leaf *leaf = node->leaves; leaf; leaf = leaf->next)
                each(leaf->value, context);
        for (const Node *child = node->child; child; child = child->sibling)
                each_under(child, each, context);
}

void globs_each(const Globs *globs, void (*each)(const void *value, void *context), void *context)
{
        each_under(&globs->root, each, context);
}
