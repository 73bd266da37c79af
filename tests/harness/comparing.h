/* SPDX-License-Identifier: MIT */
/* `optreg compare` in a folder of its own, for tests of what it says and writes. */
#ifndef OPTREG_TESTS_HARNESS_COMPARING_H
#define OPTREG_TESTS_HARNESS_COMPARING_H

#include "cli.h"

#include <json-glib/json-glib.h>

typedef Cli Fixture;
typedef void (*FixtureTest)(Fixture *fixture, const void *unused);

static inline void
set_up(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_init(fixture);
  cli_write(fixture, "adadelta.yaml",
            "optimizer: adadelta\nlearning_rate: 1.0\nepsilon: 1e-6\n");
  cli_write(fixture, "adam.yaml", "optimizer: adam\nlearning_rate: 0.01\n");
  cli_write(fixture, "sgd.yaml", "optimizer: sgd\nlearning_rate: 0.1\n");
  cli_write(fixture, "slow.yaml", "optimizer: sgd\nlearning_rate: 1e-5\n");
  cli_write(fixture, "wild.yaml", "optimizer: sgd\nlearning_rate: 1e38\n");
  cli_write(fixture, "aborts.yaml", "optimizer: moody\nmood: aborts\n");
  cli_write(fixture, "fails.yaml", "optimizer: moody\nmood: fails\n");
}

static inline void
tear_down(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_clear(fixture);
}

/* `optreg compare` with the words of `line` */
static inline GSubprocess *
spawn(const Fixture *fixture, const char *line)
{
  g_autofree char *whole = g_strdup_printf("compare %s", line);
  return cli_spawn(fixture, whole);
}

static inline int
run(Fixture *fixture, const char *line)
{
  g_autoptr(GSubprocess) process = spawn(fixture, line);
  return cli_wait(fixture, process);
}

static inline JsonNode *
read_json(const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GError) error = NULL;

  json_parser_load_from_file(parser, path, &error);
  g_assert_no_error(error);
  return json_parser_steal_root(parser);
}

static inline JsonObject *
problem_of(JsonNode *results, guint index)
{
  JsonArray *problems =
      json_object_get_array_member(json_node_get_object(results), "problems");
  return json_array_get_object_element(problems, index);
}

#endif
