/* SPDX-License-Identifier: MIT */
/* YAML text to a tree: libyaml's events, without what a configuration does not need. */
#include "config/node.h"

#include "config/place.h"
#include "config/problem.h"
#include "config/surrogates.h"
#include "text_hash.h"

#include <string.h>
#include <yaml.h>

#define MAX_DEPTH 8
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(yaml_event_t, yaml_event_delete)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(yaml_parser_t, yaml_parser_delete)

typedef struct Reader {
  yaml_parser_t *parser;
  const char *yaml; /* valid UTF-8, without a byte order mark */
  gsize length;
  const char *source;
  const GArray *joins; /* of surrogates that were pairs in what the user wrote */
  unsigned depth;
  GError **error;
} Reader;

static OptregNode *read_node(Reader *reader, const yaml_event_t *event);

static unsigned
line_of(yaml_mark_t mark)
{
  return (unsigned)mark.line + 1;
}

/* in what the user wrote */
static unsigned
column_of(const Reader *reader, yaml_mark_t mark)
{
  return (unsigned)(mark.column + 1
                    + optreg_surrogates_count(reader->joins, mark.index - mark.column,
                                              mark.index));
}

G_GNUC_PRINTF(3, 4)
static bool
refuse(const Reader *reader, yaml_mark_t mark, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  return optreg_fail_at(reader->source, line_of(mark), column_of(reader, mark),
                        reader->error, "%s", message);
}

static bool
refuse_byte(const Reader *reader, gsize offset, const char *message)
{
  return optreg_fail_at_byte(reader->source, reader->yaml, offset, reader->error,
                             message);
}

static bool
begins_with_mark(const Reader *reader)
{
  return reader->length >= 3 && memcmp(reader->yaml, BYTE_ORDER_MARK, 3) == 0;
}

/* the one at the start is gone; files that were put together have more */
static bool
check_marks(const Reader *reader)
{
  const char *mark = memmem(reader->yaml, reader->length, BYTE_ORDER_MARK, 3);

  return mark == NULL
         || refuse_byte(reader, (gsize)(mark - reader->yaml),
                        mark == reader->yaml
                            ? "a second byte order mark; save the file as UTF-8 "
                              "without one"
                            : "a byte order mark inside the file; remove it");
}

static bool
check_bytes(const Reader *reader)
{
  const char *nul = memchr(reader->yaml, '\0', reader->length);
  const char *end;

  if (reader->length > OPTREG_NODE_MAX_LENGTH) {
    return optreg_fail_at(reader->source, 1, 1, reader->error,
                          "the file is larger than 1 MiB; this is no configuration");
  }
  if (!g_utf8_validate(reader->yaml, (gssize)reader->length, &end)) {
    const gsize offset = (gsize)(end - reader->yaml);
    return refuse_byte(reader, offset,
                       end == nul ? "a NUL byte; save the file as UTF-8 text"
                                  : "not valid UTF-8; save the file as UTF-8 text");
  }
  return check_marks(reader);
}

static gunichar
character_at(const Reader *reader, yaml_mark_t mark)
{
  if (mark.index >= (gsize)g_utf8_strlen(reader->yaml, (gssize)reader->length)) {
    return 0;
  }
  return g_utf8_get_char(g_utf8_offset_to_pointer(reader->yaml, (glong)mark.index));
}

static bool
refuse_syntax(const Reader *reader)
{
  const yaml_parser_t *parser = reader->parser;
  const char *problem = parser->problem == NULL ? "out of memory" : parser->problem;
  bool is_at_start;

  if (parser->error == YAML_READER_ERROR) {
    g_autofree char *text = optreg_problem_explain(problem, NULL, 0, &is_at_start);
    return refuse_byte(reader, MIN(parser->problem_offset, reader->length), text);
  }
  const gunichar at = character_at(reader, parser->problem_mark);
  g_autofree char *text =
      optreg_problem_explain(problem, parser->context, at, &is_at_start);
  return refuse(reader, is_at_start ? parser->context_mark : parser->problem_mark, "%s",
                text);
}

static bool
refuse_alias(const Reader *reader, const yaml_event_t *event)
{
  g_autofree char *name = optreg_excerpt((const char *)event->data.alias.anchor);

  return refuse(
      reader, event->start_mark,
      "'*%s' is an alias in YAML, which is not supported; put patterns in quotes",
      name);
}

static const char *
anchor_of(const yaml_event_t *event)
{
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return (const char *)event->data.scalar.anchor;
  case YAML_SEQUENCE_START_EVENT:
    return (const char *)event->data.sequence_start.anchor;
  case YAML_MAPPING_START_EVENT:
    return (const char *)event->data.mapping_start.anchor;
  default:
    return NULL;
  }
}

static const char *
tag_of(const yaml_event_t *event)
{
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return (const char *)event->data.scalar.tag;
  case YAML_SEQUENCE_START_EVENT:
    return (const char *)event->data.sequence_start.tag;
  case YAML_MAPPING_START_EVENT:
    return (const char *)event->data.mapping_start.tag;
  default:
    return NULL;
  }
}

static bool
check_event(const Reader *reader, const yaml_event_t *event)
{
  if (event->type == YAML_ALIAS_EVENT) {
    return refuse_alias(reader, event);
  }
  if (anchor_of(event) != NULL) {
    g_autofree char *name = optreg_excerpt(anchor_of(event));
    return refuse(reader, event->start_mark,
                  "'&%s' is an anchor in YAML, which is not supported; remove it",
                  name);
  }
  if (tag_of(event) != NULL) {
    g_autofree char *name = optreg_excerpt(tag_of(event));
    return refuse(reader, event->start_mark,
                  "tag '%s' is not supported; remove it, the option decides the type",
                  name);
  }
  if (event->type == YAML_SCALAR_EVENT
      && memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL) {
    return refuse(reader, event->start_mark, "text with a NUL character; remove it");
  }
  return true;
}

static bool
next_event(const Reader *reader, yaml_event_t *event)
{
  if (!yaml_parser_parse(reader->parser, event)) {
    return refuse_syntax(reader);
  }
  return check_event(reader, event);
}

static OptregNode *
new_node(const Reader *reader, OptregNodeKind kind, const yaml_event_t *event)
{
  OptregNode *node = g_new0(OptregNode, 1);

  node->kind = kind;
  node->line = line_of(event->start_mark);
  node->column = column_of(reader, event->start_mark);
  return node;
}

static OptregNode *
read_scalar(const Reader *reader, const yaml_event_t *event)
{
  OptregNode *node = new_node(reader, OPTREG_NODE_SCALAR, event);

  node->text = g_strdup((const char *)event->data.scalar.value);
  node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  return node;
}

static OptregNode *
read_sequence(Reader *reader, const yaml_event_t *start)
{
  g_autoptr(OptregNode) node = new_node(reader, OPTREG_NODE_SEQUENCE, start);

  for (OptregNode **tail = &node->children;; tail = &(*tail)->next) {
    g_auto(yaml_event_t) event = { 0 };
    if (!next_event(reader, &event)) {
      return NULL;
    }
    if (event.type == YAML_SEQUENCE_END_EVENT) {
      return g_steal_pointer(&node);
    }
    *tail = read_node(reader, &event);
    if (*tail == NULL) {
      return NULL;
    }
  }
}

static bool
check_key(const Reader *reader, const yaml_event_t *event, GHashTable *seen)
{
  if (event->type != YAML_SCALAR_EVENT) {
    return refuse(reader, event->start_mark,
                  "a key must be a word, not a list or mapping");
  }
  const char *key = (const char *)event->data.scalar.value;
  const OptregNode *first = g_hash_table_lookup(seen, key);
  if (first != NULL) {
    g_autofree char *name = optreg_excerpt(key);
    return refuse(reader, event->start_mark,
                  "duplicate key '%s', first at %s:%u:%u; remove one of the two", name,
                  reader->source, first->key_line, first->key_column);
  }
  return true;
}

static OptregNode *
read_entry(Reader *reader, const yaml_event_t *key, GHashTable *seen)
{
  g_auto(yaml_event_t) value = { 0 };

  if (!check_key(reader, key, seen) || !next_event(reader, &value)) {
    return NULL;
  }
  OptregNode *entry = read_node(reader, &value);
  if (entry != NULL) {
    entry->key = g_strdup((const char *)key->data.scalar.value);
    entry->key_line = line_of(key->start_mark);
    entry->key_column = column_of(reader, key->start_mark);
    g_hash_table_insert(seen, entry->key, entry);
  }
  return entry;
}

static OptregNode *
read_mapping(Reader *reader, const yaml_event_t *start)
{
  g_autoptr(OptregNode) node = new_node(reader, OPTREG_NODE_MAPPING, start);
  g_autoptr(GHashTable) seen = g_hash_table_new(optreg_text_hash, g_str_equal);

  for (OptregNode **tail = &node->children;; tail = &(*tail)->next) {
    g_auto(yaml_event_t) event = { 0 };
    if (!next_event(reader, &event)) {
      return NULL;
    }
    if (event.type == YAML_MAPPING_END_EVENT) {
      return g_steal_pointer(&node);
    }
    *tail = read_entry(reader, &event, seen);
    if (*tail == NULL) {
      return NULL;
    }
  }
}

static OptregNode *
read_node(Reader *reader, const yaml_event_t *event)
{
  OptregNode *node = NULL;

  if (event->type == YAML_SCALAR_EVENT) {
    return read_scalar(reader, event);
  }
  if (++reader->depth > MAX_DEPTH) {
    refuse(reader, event->start_mark, "more than %d levels deep; no option needs that",
           MAX_DEPTH);
    return NULL;
  }
  node = event->type == YAML_MAPPING_START_EVENT ? read_mapping(reader, event)
                                                 : read_sequence(reader, event);
  reader->depth--;
  return node;
}

static OptregNode *
read_top(Reader *reader)
{
  g_auto(yaml_event_t) event = { 0 };

  if (!next_event(reader, &event)) {
    return NULL;
  }
  if (event.type == YAML_MAPPING_START_EVENT) {
    return read_node(reader, &event);
  }
  if (event.type == YAML_SCALAR_EVENT && event.data.scalar.length == 0) {
    refuse(reader, event.start_mark,
           "the configuration is empty; write 'optimizer: NAME'");
  } else {
    refuse(reader, event.start_mark,
           "the configuration is not a mapping; write 'optimizer: NAME'");
  }
  return NULL;
}

/* a stream holds one document, perhaps with an end marker */
static bool
check_end(Reader *reader)
{
  g_auto(yaml_event_t) document_end = { 0 }, event = { 0 };

  if (!next_event(reader, &document_end) || !next_event(reader, &event)) {
    return false;
  }
  if (event.type != YAML_STREAM_END_EVENT) {
    return refuse(reader, event.start_mark,
                  "a second document; one file holds one configuration");
  }
  return true;
}

static OptregNode *
read_stream(Reader *reader)
{
  g_auto(yaml_event_t) stream = { 0 }, document = { 0 };

  if (!next_event(reader, &stream) || !next_event(reader, &document)) {
    return NULL;
  }
  if (document.type == YAML_STREAM_END_EVENT) {
    refuse(reader, (yaml_mark_t){ 0 },
           "the configuration is empty; write 'optimizer: NAME'");
    return NULL;
  }
  g_autoptr(OptregNode) top = read_top(reader);
  if (top == NULL || !check_end(reader)) {
    return NULL;
  }
  return g_steal_pointer(&top);
}

static OptregNode *
read_text(Reader *reader)
{
  g_auto(yaml_parser_t) parser = { 0 };

  if (!yaml_parser_initialize(&parser)) {
    refuse_byte(reader, 0, "out of memory");
    return NULL;
  }
  reader->parser = &parser;
  yaml_parser_set_input_string(&parser, (const unsigned char *)reader->yaml,
                               reader->length);
  yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
  return read_stream(reader);
}

/* a pair of surrogates is looked for where there may be one, as JSON is rare */
static OptregNode *
read_joined(Reader *reader)
{
  g_autoptr(GArray) joins = g_array_new(FALSE, FALSE, sizeof(gsize));
  const bool may_have_pairs = g_strstr_len(reader->yaml, (gssize)reader->length, "\\u")
                              != NULL;
  g_autofree char *joined =
      may_have_pairs ? optreg_surrogates_join(reader->yaml, reader->length, joins)
                     : NULL;

  reader->joins = joins;
  if (joined != NULL) {
    reader->yaml = joined;
    reader->length = strlen(joined);
  }
  return read_text(reader);
}

OptregNode *
optreg_node_parse(const char *yaml, gsize length, const char *source, GError **error)
{
  Reader reader = { .yaml = yaml, .length = length, .source = source, .error = error };

  if (begins_with_mark(&reader)) {
    reader.yaml += 3;
    reader.length -= 3;
  }
  return check_bytes(&reader) ? read_joined(&reader) : NULL;
}
