/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/lineage.h"

#include "analyzer/apk/certificate.h"
#include "analyzer/apk/sigalgorithm.h"
#include "analyzer/apk/signblock.h"

static const char *check_link(const SignAncestor *before, const SignAncestor *node)
{
        Certificate certificate;
        const SigAlgorithm *algorithm = sigalgorithm(before->algorithm);
        if (!algorithm)
                return "a link of its history is signed in an unknown way";
        if (node->previous_algorithm != before->algorithm)
                return "a link of its history names two algorithms";
        if (!certificate_read(before->certificate, &certificate) ||
            sigalgorithm_check(algorithm, certificate.key, node->signed_data, node->signature) !=
                    SIGCRYPT_HOLDS)
                return "a link of its history is not signed by the certificate before";
        return NULL;
}

const char *lineage_check(Span attribute, Span certificate, size_t *length)
{
        SignAncestor nodes[LINEAGE_LIMIT];
        size_t n = 0;
        Cursor c = signblock_lineage(attribute);
        while (n < LINEAGE_LIMIT && signblock_ancestor(&c, &nodes[n])) {
                const char *why = n > 0 ? check_link(&nodes[n - 1], &nodes[n]) : NULL;
                for (size_t i = 0; !why && i < n; i++)
                        if (span_eq(nodes[i].certificate, nodes[n].certificate))
                                why = "its history names a certificate twice";
                if (why)
                        return why;
                n++;
        }
        *length = n;
        if (!c.ok)
                return "its history cannot be read";
        if (cursor_left(&c) > 0)
                return "its history is longer than is checked";
        if (n == 0 || !span_eq(nodes[n - 1].certificate, certificate))
                return "its history does not end with its own certificate";
        return NULL;
}

bool lineage_begins(Span whole, Span beginning)
{
        Cursor all = signblock_lineage(whole), first = signblock_lineage(beginning);
        SignAncestor one, other;
        while (signblock_ancestor(&first, &one))
                if (!signblock_ancestor(&all, &other) || !span_eq(one.certificate, other.certificate))
                        return false;
        return true;
}
