/* SPDX-License-Identifier: GPL-3.0-or-later */
/* apiset_parts.h - what the files of apiset share with each other and with nobody else. */
#ifndef ANALYZER_TABLES_APISET_PARTS_H
#define ANALYZER_TABLES_APISET_PARTS_H

#include "analyzer/tables/apiset.h"
#include "analyzer/tables/nametable.h"

#include "core/arena.h"
#include "core/datafile.h"
#include "core/digest.h"

enum { API_FILES = 7, API_PARENTS = 16, API_BEGIN_BITS = 12 };

/* Members of one name in one class: a chain, kept together. Fields and methods are apart. */
typedef struct MemberGroup {
        const ApiClass *of;
        Span name;
        bool field;
        ApiMember *first;
        struct MemberGroup *sibling; /* of the same class */
} MemberGroup;

struct ApiClass {
        ApiSet *set;
        Span name;
        ApiClass *parents[API_PARENTS]; /* the superclass first */
        unsigned n_parents;
        size_t n_ancestors; /* parents, their parents ...: each once, a superclass's before an interface's */
        ApiClass **ancestors;
        MemberGroup *groups;
        enum { CLASS_STATED, CLASS_BEGUN, CLASS_FINISHED } state; /* while loading */
};

struct ApiSet {
        Arena *arena;
        DataFile *files[API_FILES]; /* names in the tables are the files' own bytes */
        size_t n_files;
        GPtrArray *apis;
        GPtrArray *all_classes;
        GHashTable *permissions;             /* every one that a row names */
        NameTable classes;                   /* descriptor -> ApiClass */
        NameTable groups;                    /* class and name -> MemberGroup */
        NameTable constants;                 /* text -> first ApiConstant of the chain */
        NameTable actions;                   /* the same for manifests */
        uint8_t begins[1 << API_BEGIN_BITS]; /* by three first bytes: what a constant that begins so may be */
        size_t longest[API_KINDS];           /* bytes of the longest constant of the kind */
        char digest[SHA256_HEX_SIZE];
};

/* ---- apiset_rows.c */
enum { API_COLUMNS = 12 };
extern const char
        *const api_columns[API_COLUMNS + 1]; /* of apis.tsv, as api_add_row wants them; NULL-terminated */
bool api_add_row(ApiSet *set, const DataFile *file, const char *const *row, GError **error);

const char *const *api_split(ApiSet *set, const char *text, char separator); /* "a|b", NULL-terminated */
void api_add_needs(ApiSet *set, const PermissionNeed **needs, const char *const *permissions, bool exact);
bool api_read_sinks(ApiSet *set, const DataFile *file, const char *list, unsigned *sinks, GError **error);
bool api_check_class(const DataFile *file, const char *name, GError **error);
bool api_check_member(const DataFile *file, const char *class_name, const char *name, GError **error);

/* ---- apiset_members.c */
ApiClass *api_class_for(ApiSet *set, const char *descriptor); /* made when it is not there */
ApiMember *api_member_for(ApiSet *set, const char *class_name, const char *name, const char *descriptor,
                          bool field);
bool api_parent_add(ApiClass *c, ApiClass *parent); /* false: it has too many */

/* Every class learns what its ancestors state of the names it states too, every overload what is stated of all. The class
 * that inherits from itself, NULL: none does. */
const ApiClass *api_members_finish(ApiSet *set);

/* Adds a permission at the end, or makes the one that is there exact. */
void api_need_add(Arena *arena, const PermissionNeed **needs, const char *permission, bool exact);
void api_need_add_all(Arena *arena, const PermissionNeed **needs, const PermissionNeed *more);

/* ---- apiset_constants.c */
unsigned api_kind_sinks(ApiKind kind); /* 0 for what is no constant in code */
ApiConstant *api_constant_for(ApiSet *set, ApiKind kind, const char *text, bool manifest);
const ApiConstant *api_uri(const ApiSet *set,
                           Span uri);   /* the constant that this URI is found by; NULL: none */
void api_constants_finish(ApiSet *set); /* URIs learn what is stated of the shorter ones they begin with */

#endif
