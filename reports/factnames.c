/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/factnames.h"

#include "core/factid.h"

struct FactNames {
        Store *store;
        GArray *known; /* FactName by number; FACT_UNKNOWN where not looked up */
};

FactNames *factnames_new(Store *store)
{
        FactNames *names = g_new0(FactNames, 1);
        names->store = store;
        names->known = g_array_new(FALSE, TRUE, sizeof(FactName));
        return names;
}

void factnames_free(FactNames *names)
{
        if (!names)
                return;
        g_array_unref(names->known);
        g_free(names);
}

static FactName verdict_of(const char *what)
{
        static const struct {
                const char *verdict;
                FactKind kind;
        } verdicts[] = {{"needed", FACT_NEEDED},
                        {"scenario", FACT_SCENARIO},
                        {"not-advised", FACT_NOT_ADVISED},
                        {"undecided", FACT_UNDECIDED}};
        const char *permission;
        for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++) {
                if (factid_has_kind(what, verdicts[i].verdict, &permission))
                        return (FactName){verdicts[i].kind, permission};
        }
        return (FactName){FACT_OTHER, what};
}

FactName factname_of(const char *id)
{
        static const struct {
                const char *name;
                FactKind kind;
        } kinds[] = {{"permission", FACT_PERMISSION},
                     {"sdk", FACT_SDK},
                     {"signer", FACT_SIGNER},
                     {"app-type", FACT_APP_TYPE}};
        const char *what;
        if (factid_has_kind(id, "verdict", &what))
                return verdict_of(what);
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
                if (factid_has_kind(id, kinds[i].name, &what))
                        return (FactName){kinds[i].kind, what};
        }
        return (FactName){FACT_OTHER, id};
}

FactName factnames_get(FactNames *names, uint32_t number, GError **error)
{
        if (number < names->known->len) {
                FactName known = g_array_index(names->known, FactName, number);
                if (known.kind != FACT_UNKNOWN)
                        return known;
        }
        const char *id = store_fact(names->store, number);
        if (!id) {
                fault(error, FAULT_MALFORMED,
                      "fact number %u has no name in the store; run `overreach verify`", number);
                return (FactName){FACT_UNKNOWN, NULL};
        }
        if (number >= names->known->len) /* a known number, so the table stays as small as the store's */
                g_array_set_size(names->known, MAX(number + 1, store_fact_count(names->store) + 1));
        return g_array_index(names->known, FactName, number) = factname_of(id);
}
