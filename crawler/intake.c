/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/intake.h"

#include "core/text.h"
#include "crawler/part.h"

enum {
        MEMORY_MAX = 1 << 30,
        RATIO_MAX = 200, /* decoded : wire, from RATIO_FLOOR decoded bytes on */
        RATIO_FLOOR = 1 << 20,
        VOUCH_EARLY = 256 * 1024, /* smaller bodies are not worth a sidecar before something goes wrong */
};

struct Intake {
        uint64_t max_bytes;
        int64_t size;
        char *sha256;
        bool compressed;
        Part *part; /* file fetches */
        char *part_path;
        GByteArray *body; /* memory fetches */
        char *validator;  /* of the reply, for the sidecar */
        bool open, encoded, resumed, must_restart, finished;
        int64_t announced, total;
        uint64_t range_from, range_to; /* the one range that is asked for; range_to 0: none */
        char hex[SHA256_HEX_SIZE];
};

static FetchEnd because(FetchEnd end, char **why, char *take_sentence)
{
        g_free(*why);
        *why = take_sentence;
        return end;
}

static FetchEnd numbers(FetchEnd end, char **why, const char *format, uint64_t a, uint64_t b)
{
        g_autofree char *first = text_count(a), *second = text_count(b);
        g_autoptr(GString) s = g_string_new(format);
        g_string_replace(s, "{a}", first, 1);
        g_string_replace(s, "{b}", second, 1);
        return because(end, why, g_strdup(s->str));
}

static FetchEnd disk(GError *error, char **why)
{
        return because(FETCH_DISK, why, g_strdup(error->message));
}

Intake *intake_new(const FetchWish *wish, char **why)
{
        g_autoptr(GError) error = NULL;
        PartWish part_wish = {wish->url, wish->sha256, wish->size, !wish->compressed};
        Part *part = wish->part_path ? part_open(wish->part_path, &part_wish, &error) : NULL;
        if (error) {
                (void)disk(error, why);
                return NULL;
        }
        Intake *intake = g_new0(Intake, 1);
        intake->part = part;
        intake->part_path = g_strdup(wish->part_path);
        intake->body = part ? NULL : g_byte_array_new();
        intake->max_bytes = part ? wish->max_bytes : MIN(wish->max_bytes, (uint64_t)MEMORY_MAX);
        intake->size = wish->range_to > 0 ? -1 : wish->size;
        intake->sha256 = wish->range_to > 0 ? NULL : g_strdup(wish->sha256);
        intake->compressed = wish->compressed;
        intake->announced = intake->total = -1;
        intake->range_from = wish->range_from;
        intake->range_to = wish->range_to;
        return intake;
}

/* A cut body stays with a sidecar; a wrong one, or one that nothing can vouch for, goes; a part that no reply has touched
 * is left as it was. */
static void settle_part(Intake *intake, FetchEnd end)
{
        bool wrong = end == FETCH_SIZE || end == FETCH_DIGEST || end == FETCH_TOO_LARGE;
        bool cut = intake->open && end != FETCH_OK && !wrong;
        bool worthless =
                cut && (intake->encoded || intake->compressed || (!intake->validator && !intake->sha256));
        if (cut && !worthless && part_flush(intake->part, NULL))
                (void)part_vouch(intake->part, intake->validator, NULL);
        part_close(intake->part);
        if (wrong || worthless)
                part_remove(intake->part_path);
}

void intake_close(Intake *intake, FetchEnd end)
{
        if (!intake)
                return;
        if (intake->part)
                settle_part(intake, end);
        if (intake->body)
                g_byte_array_free(intake->body, TRUE);
        g_free(intake->part_path);
        g_free(intake->sha256);
        g_free(intake->validator);
        g_free(intake);
}

bool intake_is_whole(Intake *intake)
{
        if (!intake->part || !intake->sha256 || intake->size < 0 ||
            part_len(intake->part) != (uint64_t)intake->size)
                return false;
        bool right = part_finish(intake->part, intake->hex, NULL) && strcmp(intake->hex, intake->sha256) == 0;
        if (right)
                intake->resumed = intake->finished = true;
        else
                (void)part_restart(intake->part, NULL);
        return right;
}

uint64_t intake_held(const Intake *intake)
{
        return intake->part ? part_len(intake->part) : intake->body->len;
}

const char *intake_validator(const Intake *intake)
{
        return intake->part ? part_validator(intake->part) : NULL;
}

static FetchEnd check_length(Intake *intake, int64_t length, char **why)
{
        intake->announced = length;
        if (length < 0)
                return FETCH_OK;
        if (intake->size >= 0 && length != intake->size)
                return numbers(FETCH_SIZE, why, "announces {a} bytes where {b} are demanded",
                               (uint64_t)length, (uint64_t)intake->size);
        if ((uint64_t)length > intake->max_bytes)
                return numbers(FETCH_TOO_LARGE, why, "announces {a} bytes, the limit is {b}",
                               (uint64_t)length, intake->max_bytes);
        return FETCH_OK;
}

static FetchEnd open_whole(Intake *intake, const Head *head, char **why)
{
        intake->encoded = head->encoding && g_ascii_strcasecmp(head->encoding, "identity") != 0;
        if (intake->encoded && !intake->compressed && !intake->sha256)
                return because(FETCH_PROTOCOL, why,
                               g_strdup("came compressed though nothing of the kind was offered"));
        if (intake_held(intake) > 0 && !intake_restart(intake, why))
                return FETCH_DISK;
        return check_length(intake, intake->encoded ? -1 : head->length, why);
}

static FetchEnd open_range(Intake *intake, const Head *head, char **why)
{
        int64_t first = -1, last = -1, total = -1;
        uint64_t held = intake_held(intake);
        if (held == 0)
                return because(FETCH_PROTOCOL, why, g_strdup("HTTP 206 though no range was asked for"));
        bool fits = head_range(head->content_range, &first, &last, &total) && (uint64_t)first == held;
        bool to_the_end = total < 0 || last == total - 1;
        if (!fits || !to_the_end || (head->length >= 0 && head->length != last - first + 1)) {
                intake->must_restart = true;
                return because(FETCH_PROTOCOL, why,
                               g_strdup_printf("HTTP 206 with Content-Range \"%s\" where %" G_GUINT64_FORMAT
                                               "- was asked",
                                               head->content_range ? head->content_range : "", held));
        }
        intake->resumed = true;
        return check_length(intake, total >= 0 ? total : last + 1, why);
}

/* Exactly the range that was asked for, or what of it lies before the end of the file. */
static FetchEnd open_asked_range(Intake *intake, const Head *head, char **why)
{
        int64_t first = -1, last = -1, total = -1;
        bool encoded = head->encoding && g_ascii_strcasecmp(head->encoding, "identity") != 0;
        if (head->status != 206 || encoded) {
                intake->total = encoded || head->status == 206 ? -1 : head->length;
                return because(FETCH_RANGE, why,
                               g_strdup_printf("HTTP %d%s where a range was asked for", head->status,
                                               encoded ? ", encoded," : ""));
        }
        bool read = head_range(head->content_range, &first, &last, &total);
        bool fits = read && (uint64_t)first == intake->range_from && (uint64_t)last < intake->range_to &&
                    ((uint64_t)last == intake->range_to - 1 || last == total - 1);
        if (!fits || (head->length >= 0 && head->length != last - first + 1))
                return because(FETCH_RANGE, why,
                               g_strdup_printf("HTTP 206 with Content-Range \"%s\" where %" G_GUINT64_FORMAT
                                               "-%" G_GUINT64_FORMAT " was asked",
                                               head->content_range ? head->content_range : "",
                                               intake->range_from, intake->range_to - 1));
        intake->total = total;
        intake->announced = last - first + 1;
        intake->size = intake->announced;
        return FETCH_OK;
}

static FetchEnd vouch_early(Intake *intake, char **why)
{
        g_autoptr(GError) error = NULL;
        bool large = intake->announced < 0 || intake->announced >= VOUCH_EARLY;
        if (!intake->part || intake->encoded || intake->compressed || !large)
                return FETCH_OK;
        return part_vouch(intake->part, intake->validator, &error) ? FETCH_OK : disk(error, why);
}

FetchEnd intake_open(Intake *intake, const Head *head, char **why)
{
        if (head->status == 416 && intake->range_to > 0)
                return because(FETCH_RANGE, why, g_strdup("HTTP 416 where a range was asked for"));
        if (head->status == 416 && intake_held(intake) > 0) {
                intake->must_restart = true;
                return because(FETCH_REFUSED, why, g_strdup("HTTP 416"));
        }
        if (head->status != 200 && head->status != 206)
                return FETCH_OK;
        FetchEnd end = intake->range_to > 0  ? open_asked_range(intake, head, why)
                       : head->status == 200 ? open_whole(intake, head, why)
                                             : open_range(intake, head, why);
        if (end != FETCH_OK)
                return end;
        const char *validator = head_validator(head->etag, head->last_modified);
        if (!validator && intake->resumed)
                validator = intake_validator(intake); /* a 206 need not repeat what If-Range has matched */
        g_free(intake->validator);
        intake->validator = g_strdup(validator);
        intake->open = true;
        return vouch_early(intake, why);
}

bool intake_is_open(const Intake *intake)
{
        return intake->open;
}

bool intake_must_restart(const Intake *intake)
{
        return intake->must_restart;
}

bool intake_restart(Intake *intake, char **why)
{
        g_autoptr(GError) error = NULL;
        intake->open = intake->resumed = intake->must_restart = false;
        if (intake->body)
                g_byte_array_set_size(intake->body, 0);
        else if (!part_restart(intake->part, &error))
                (void)disk(error, why);
        return !error;
}

static FetchEnd check_ratio(const Intake *intake, uint64_t decoded, uint64_t wire, char **why)
{
        if (!intake->encoded || !intake->compressed || decoded <= RATIO_FLOOR || decoded / RATIO_MAX <= wire)
                return FETCH_OK;
        return numbers(FETCH_TOO_LARGE, why, "{a} bytes unpacked out of {b}, over 200:1", decoded, wire);
}

FetchEnd intake_take(Intake *intake, Span bytes, uint64_t wire, uint64_t slack, char **why)
{
        g_autoptr(GError) error = NULL;
        uint64_t held = intake_held(intake);
        if (intake->size >= 0 && bytes.len > (uint64_t)intake->size - MIN(held, (uint64_t)intake->size))
                return numbers(FETCH_SIZE, why, "more than the demanded {b} bytes came", 0,
                               (uint64_t)intake->size);
        if (bytes.len > intake->max_bytes - MIN(held, intake->max_bytes))
                return numbers(FETCH_TOO_LARGE, why, "more than {b} bytes came, the limit", 0,
                               intake->max_bytes);
        FetchEnd end = check_ratio(intake, held + bytes.len, wire + slack, why);
        if (end != FETCH_OK)
                return end;
        if (intake->body)
                g_byte_array_append(intake->body, bytes.data, (guint)bytes.len);
        else if (!part_write(intake->part, bytes, &error))
                return disk(error, why);
        return FETCH_OK;
}

static FetchEnd check_digest(const Intake *intake, char **why)
{
        if (!intake->sha256 || strcmp(intake->sha256, intake->hex) == 0)
                return FETCH_OK;
        return because(FETCH_DIGEST, why,
                       g_strdup_printf("SHA-256 is %s where %s is demanded", intake->hex, intake->sha256));
}

FetchEnd intake_finish(Intake *intake, uint64_t wire, char **why)
{
        g_autoptr(GError) error = NULL;
        uint64_t held = intake_held(intake);
        FetchEnd end = check_ratio(intake, held, wire, why);
        if (end != FETCH_OK)
                return end;
        if (intake->announced >= 0 && held < (uint64_t)intake->announced)
                return numbers(FETCH_TRUNCATED, why, "body ended after {a} of {b} bytes", held,
                               (uint64_t)intake->announced);
        if (intake->size >= 0 && held != (uint64_t)intake->size)
                return numbers(FETCH_SIZE, why, "{a} bytes came where {b} are demanded", held,
                               (uint64_t)intake->size);
        if (intake->body)
                digest_sha256_hex(intake_body(intake), intake->hex);
        else if (!part_finish(intake->part, intake->hex, &error))
                return disk(error, why);
        intake->finished = true;
        return check_digest(intake, why);
}

Span intake_body(const Intake *intake)
{
        return intake->body ? span_of(intake->body->data, intake->body->len) : (Span){NULL, 0};
}

int intake_fd(const Intake *intake)
{
        return intake->part ? part_fd(intake->part) : -1;
}

const char *intake_sha256(const Intake *intake)
{
        return intake->hex;
}

bool intake_resumed(const Intake *intake)
{
        return intake->resumed;
}

int64_t intake_announced(const Intake *intake)
{
        return intake->announced;
}

int64_t intake_total(const Intake *intake)
{
        return intake->total >= 0 || intake->range_to > 0 ? intake->total : intake->announced;
}
