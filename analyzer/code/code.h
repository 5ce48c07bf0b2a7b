/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code.h - what an app's code touches of the platform, told by one linear pass over every instruction. No decompiling:
 * a method that names a constant and calls what takes such constants is taken to use it, and graded weaker. */
#ifndef ANALYZER_CODE_CODE_H
#define ANALYZER_CODE_CODE_H

#include "analyzer/code/classes.h"

typedef struct Code Code;

/* Nothing is read before it is asked for. dex, apis and owners are borrowed; the rest lives in the arena. */
Code *code_new(const Dex *const *dex, size_t n_dex, const ApiSet *apis, Owners *owners, Arena *arena);

Classes *code_classes(Code *code);
Owners *code_owners(Code *code);
const ApiSet *code_apis(const Code *code);
size_t code_dex_len(const Code *code);
const Dex *code_dex(const Code *code, unsigned number); /* number < len */

typedef enum {
        GRADE_DIRECT,    /* the call or field names the platform's class */
        GRADE_INHERITED, /* it names a class of the app that inherits the member */
        GRADE_CONSTANT,  /* a constant beside a call that takes such constants */
        GRADE_DECLARED   /* the manifest says so; not from here */
} Grade;
const char *grade_name(Grade grade); /* "direct" ... */

enum {
        CODE_CALLERS = 5,
        CODE_USES = 16384, /* kept of one app, and as many hosts times four; real apps stay far below */
        CODE_NAME = 512    /* bytes of a class's or method's name in a text; longer ones end in "..." */
};

typedef struct {
        uint32_t class_id;
        uint32_t method; /* index in the class's dex file */
} CodePlace;

/* One thing that some owner's code touches in one grade. */
typedef struct {
        const Api *api;             /* NULL: only a permission hangs on it */
        const PermissionNeed *need; /* NULL: none known */
        ApiKind kind;
        Grade grade;
        unsigned owner;
        const char
                *what;  /* the platform's member "Landroid/x/Y;->m(I)V", or the constant as the code has it */
        unsigned sites; /* instructions; for constants, methods */
        unsigned n_callers;
        CodePlace callers
                [CODE_CALLERS]; /* the first ones in order of dex file, class and place, no two alike */
} CodeUse;

/* Makes the pass over every instruction, if nobody has yet. FAULT_LIMIT: methods share their code, or dex files their tables,
 * so often that not all was looked at, or more was found than any app has; what follows then tells of a part. */
bool code_read(Code *code, GError **error);

/* Everything found, in an order that depends on the bytes alone. The first call makes the pass; both arrays live in the
 * arena. */
size_t code_uses(Code *code, const CodeUse *const **uses);

/* Hosts of URLs that stand as constants in the code. */
typedef struct {
        const char *host; /* lower case, without port; valid UTF-8 */
        unsigned owner;
        bool cleartext; /* in an http: or ws: URL */
} CodeHost;
size_t code_hosts(Code *code,
                  const CodeHost *const **hosts); /* sorted by host, owner, cleartext; no two alike */

/* Instructions seen by the pass, over all dex files: as dexdump -d lists them. */
uint64_t code_instructions(Code *code);

/* Classes whose data breaks off or leads outside the file, and methods whose code does, or whose last instruction does not end
 * where the code ends. 0 for what Android would run. */
unsigned code_broken(Code *code);

/* ---- one method at a time, for walks along calls */

/* What a method reference of dex file number `dex` means to the tables: the member, else NULL. *grade is DIRECT or
 * INHERITED. Remembered. */
const ApiMember *code_member(Code *code, unsigned dex, uint32_t method, Grade *grade);

/* What one method touches in front of `end` (in 16-bit units; UINT32_MAX: all of it), each thing once per instruction, constants
 * whose sink stands there too last. Things the tables know no api and no need for are left out. */
typedef struct {
        const Api *api;
        const PermissionNeed *need;
        ApiKind kind;
        Grade grade;
        const char *what; /* as in CodeUse; in the arena */
        uint32_t unit;    /* place of the instruction; for constants, of the const-string */
} CodeTouch;
typedef void (*CodeTouchFn)(const CodeTouch *touch, void *context);
void code_touches(Code *code, const AppMethod *method, uint32_t end, CodeTouchFn each, void *context);

/* "Lcom/x/Y;->name(I)V", and its two halves, as valid UTF-8 in the arena; names are cut at CODE_NAME bytes, and a prototype
 * of more than two times that is "(...)". */
const char *code_method_text(Code *code, CodePlace place);
const char *code_class_text(Code *code, uint32_t class_id);
const char *code_signature_text(Code *code, CodePlace place); /* "name(I)V" */

#endif
