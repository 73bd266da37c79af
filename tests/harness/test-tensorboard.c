/* SPDX-License-Identifier: MIT */
/* Event files: checksums, framing, what protoc reads in them, and what `optreg compare
 * --tensorboard` writes.
 */
#include "cli.h"
#include "event-reader.h"
#include "harness/series.h"
#include "harness/statistics/student.h"
#include "harness/tensorboard.h"

#include <math.h>

/* ---- the format ---- */

/* RFC 3720, B.4 */
static void
test_crc32c_is_castagnoli(void)
{
  guint8 bytes[32];

  memset(bytes, 0, sizeof bytes);
  g_assert_cmphex(event_file_crc32c(bytes, sizeof bytes), ==, 0x8a9136aa);
  memset(bytes, 0xff, sizeof bytes);
  g_assert_cmphex(event_file_crc32c(bytes, sizeof bytes), ==, 0x62a8ab43);
  for (guint8 i = 0; i < 32; i++) {
    bytes[i] = i;
  }
  g_assert_cmphex(event_file_crc32c(bytes, sizeof bytes), ==, 0x46dd794e);
  g_assert_cmphex(event_file_crc32c((const guint8 *)"123456789", 9), ==, 0xe3069283);
}

/* the head of any event file: the length 24, its masked checksum, the key of the time
 */
static void
test_the_first_bytes_are_those_of_every_event_file(void)
{
  static const guint8 expected[] = { 0x18, 0,    0,    0,   0,   0,   0,
                                     0,    0xa3, 0x7f, 'K', '"', 0x09 };
  g_autoptr(EventFile) file = event_file_new(1.5e9);
  const GByteArray *bytes = event_file_bytes(file);

  g_assert_cmpmem(bytes->data, sizeof expected, expected, sizeof expected);
  g_assert_cmpuint(bytes->len, ==, 24 + 16);
}

static void
test_what_is_written_is_read(void)
{
  static const struct {
    double wall_time;
    gint64 step;
    const char *tag;
    double value;
  } rows[] = {
    { 0.0, 0, "batch_loss", 2.5 },
    { 0.125, 127, "test/accuracy", 0.0 },
    { 1e9, 128, "test/accuracy", -1e-30 },
    { 2e9, G_MAXINT64, "\xc3\xa4/\xce\xb2", 3e38 },
  };
  g_autoptr(EventFile) file = event_file_new(7.0);

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    event_file_add_scalar(file, rows[i].wall_time, rows[i].step, rows[i].tag,
                          rows[i].value);
  }
  g_autoptr(GArray)
      events = read_events(event_file_bytes(file)->data, event_file_bytes(file)->len);
  g_assert_cmpuint(events->len, ==, 1 + G_N_ELEMENTS(rows));
  const ReadEvent *first = &g_array_index(events, ReadEvent, 0);
  g_assert_cmpstr(first->version, ==, "brain.Event:2");
  g_assert_cmpfloat(first->wall_time, ==, 7.0);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const ReadEvent *event = &g_array_index(events, ReadEvent, i + 1);
    g_assert_cmpfloat(event->wall_time, ==, rows[i].wall_time);
    g_assert_cmpint(event->step, ==, rows[i].step);
    g_assert_cmpstr(event->tag, ==, rows[i].tag);
    g_assert_cmpfloat(event->value, ==, (float)rows[i].value);
  }
}

static void
test_protoc_reads_an_event(void)
{
  g_autofree char *protoc = g_find_program_in_path("protoc");
  g_autoptr(EventFile) file = event_file_new(0.0);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) output = NULL;

  if (protoc == NULL) {
    g_test_skip("protoc is not installed (package protobuf-compiler)");
    return;
  }
  event_file_add_scalar(file, 1.0, 300, "test/accuracy", 0.5);
  g_autoptr(GBytes) event =
      read_nth_event(event_file_bytes(file)->data, event_file_bytes(file)->len, 1);
  g_autoptr(GSubprocess) process =
      g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                       &error, protoc, "--decode_raw", NULL);
  g_assert_no_error(error);
  g_subprocess_communicate(process, event, NULL, &output, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(g_subprocess_get_successful(process));
  g_autofree char *text =
      g_strndup(g_bytes_get_data(output, NULL), g_bytes_get_size(output));
  g_assert_cmpstr(text, ==,
                  "1: 0x3ff0000000000000\n"
                  "2: 300\n"
                  "5 {\n"
                  "  1 {\n"
                  "    1: \"test/accuracy\"\n"
                  "    2: 0x3f000000\n"
                  "  }\n"
                  "}\n");
}

/* ---- numbers of a log ---- */

static void
test_series_have_whatever_records_have(void)
{
  g_autoptr(GPtrArray) list = series_read(
      "{\"arm\":\"a\",\"seed\":3,\"batches\":0,\"step\":0,\"loss\":null,"
      "\"test\":{\"error\":0.5},\"clock\":{\"elapsed_s\":0.0}}\n"
      "{\"arm\":\"a\",\"seed\":3,\"batches\":10,\"step\":9,\"loss\":4,"
      "\"test\":{\"error\":0.25},\"groups\":[{\"name\":\"bias\",\"norm\":2.0,"
      "\"clock\":{\"ns\":5}}],\"shadow\":[{\"candidate\":\"sgd\",\"steps\":1}],"
      "\"quantiles\":[1.0,1.5],\"clock\":{\"elapsed_s\":2.0},"
      "\"final\":{\"state_bytes\":8}}\n{\"arm\":\"a\",\"ba");
  static const char *const names[] = {
    "step",        "test/error", "loss", "groups/bias/norm", "shadow/sgd/steps",
    "quantiles/0", "quantiles/1"
  };

  g_assert_cmpuint(list->len, ==, G_N_ELEMENTS(names));
  for (guint i = 0; i < list->len; i++) {
    g_assert_cmpstr(((Series *)g_ptr_array_index(list, i))->name, ==, names[i]);
  }
  const Series *loss = series_find(list, "loss");
  const SeriesPoint *point = &g_array_index(loss->points, SeriesPoint, 0);
  g_assert_cmpuint(loss->points->len, ==, 1);
  g_assert_cmpuint(point->batches, ==, 10);
  g_assert_cmpfloat(point->elapsed_s, ==, 2.0);
  g_assert_cmpfloat(point->value, ==, 4.0);
}

static void
add_run(GPtrArray *runs, const char *log)
{
  g_ptr_array_add(runs, series_read(log));
}

/* only where all have a number: a mean over those that are left would flatter */
static void
test_summaries_are_of_all_runs(void)
{
  g_autoptr(GPtrArray)
      runs = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  add_run(runs, "{\"batches\":0,\"x\":1}\n{\"batches\":5,\"x\":3}\n"
                "{\"batches\":9,\"x\":7}\n");
  add_run(runs, "{\"batches\":0,\"x\":3}\n{\"batches\":5,\"x\":null}\n"
                "{\"batches\":9,\"x\":8,\"y\":1}\n");
  g_auto(SeriesSummary) summary = series_summarize(runs, 0.05);
  const Series *mean = series_find(summary.mean, "x");
  const Series *low = series_find(summary.low, "x");
  const Series *high = series_find(summary.high, "x");

  g_assert_null(series_find(summary.mean, "y"));
  g_assert_cmpuint(mean->points->len, ==, 2);
  g_assert_cmpfloat(g_array_index(mean->points, SeriesPoint, 0).value, ==, 2.0);
  g_assert_cmpuint(g_array_index(mean->points, SeriesPoint, 1).batches, ==, 9);
  g_assert_cmpfloat(g_array_index(mean->points, SeriesPoint, 1).value, ==, 7.5);
  /* t of one degree of freedom is 12.706, the standard error is 1 */
  g_assert_cmpfloat_with_epsilon(g_array_index(low->points, SeriesPoint, 0).value,
                                 2.0 - 12.706204736, 1e-8);
  g_assert_cmpfloat_with_epsilon(g_array_index(high->points, SeriesPoint, 0).value,
                                 2.0 + 12.706204736, 1e-8);
}

/* ---- the command ---- */

static void
set_up(Cli *cli, const void *unused)
{
  (void)unused;
  cli_init(cli);
  cli_write(cli, "sgd.yaml", "optimizer: sgd\nlearning_rate: 0.1\n");
  cli_write(cli, "wild.yaml", "optimizer: sgd\nlearning_rate: 1e38\n");
}

static void
tear_down(Cli *cli, const void *unused)
{
  (void)unused;
  cli_clear(cli);
}

static GArray *
read_board(const Cli *cli, const char *run)
{
  g_autofree char *path = g_build_filename(cli->folder, "o", "tensorboard",
                                           "digits-mlp", run, TENSORBOARD_FILE, NULL);
  return read_event_file(path);
}

static bool
has_board(const Cli *cli, const char *run)
{
  g_autofree char *path = g_build_filename("o", "tensorboard", "digits-mlp", run, NULL);
  return cli_has(cli, path);
}

static float
value_at(const GArray *events, const char *tag, gint64 step)
{
  for (guint i = 1; i < events->len; i++) {
    const ReadEvent *event = &g_array_index(events, ReadEvent, i);
    if (g_str_equal(event->tag, tag) && event->step == step) {
      return event->value;
    }
  }
  g_error("there is no %s at %d", tag, (int)step);
}

/* each run, and the mean and the ends of the interval over the runs */
static void
test_compare_writes_runs_and_aggregates(Cli *cli, const void *unused)
{
  const char *const tags[] = { "batch_loss", "training/loss", "test/accuracy" };
  (void)unused;
  g_assert_cmpint(cli_run(cli, "compare sgd.yaml --epochs 2 --seeds 3 --out o "
                               "--tensorboard"),
                  ==, 0);
  g_autoptr(GArray) mean = read_board(cli, "sgd/mean");
  g_autoptr(GArray) low = read_board(cli, "sgd/ci_low");
  g_autoptr(GArray) high = read_board(cli, "sgd/ci_high");
  const gint64 last = g_array_index(mean, ReadEvent, mean->len - 1).step;
  for (size_t i = 0; i < G_N_ELEMENTS(tags); i++) {
    double values[3];
    for (size_t seed = 0; seed < 3; seed++) {
      g_autofree char *run = g_strdup_printf("sgd/seed-%zu", seed + 1);
      g_autoptr(GArray) events = read_board(cli, run);
      values[seed] = (double)value_at(events, tags[i], last);
    }
    const Interval interval = student_interval(values, 3, 0.05);
    const double centre = (values[0] + values[1] + values[2]) / 3.0;
    g_assert_cmpfloat_with_epsilon(value_at(mean, tags[i], last), centre, 1e-6);
    g_assert_cmpfloat_with_epsilon(value_at(low, tags[i], last), interval.low, 1e-5);
    g_assert_cmpfloat_with_epsilon(value_at(high, tags[i], last), interval.high, 1e-5);
  }
}

static GBytes *
read_bytes(const Cli *cli, const char *name)
{
  g_autofree char *path = cli_path(cli, name);
  g_autoptr(GError) error = NULL;
  char *bytes;
  gsize n;

  g_file_get_contents(path, &bytes, &n, &error);
  g_assert_no_error(error);
  return g_bytes_new_take(bytes, n);
}

/* written again it has the same bytes; what no run has now is gone, what others have
 * put there is not */
static void
test_the_folder_follows_the_runs(Cli *cli, const void *unused)
{
  static const char name[] = "o/tensorboard/digits-mlp/sgd/mean/" TENSORBOARD_FILE;

  (void)unused;
  g_assert_cmpint(cli_run(cli, "compare sgd.yaml wild.yaml --epochs 1 --seeds 2 "
                               "--out o --tensorboard"),
                  ==, 0);
  g_assert_true(has_board(cli, "wild/mean"));
  g_autoptr(GBytes) before = read_bytes(cli, name);
  cli_write(cli, "o/tensorboard/digits-mlp/notes", "not ours");
  g_assert_cmpint(
      cli_run(cli, "compare sgd.yaml --epochs 1 --seeds 2 --out o --tensorboard"), ==,
      0);
  g_autoptr(GBytes) after = read_bytes(cli, name);
  g_assert_true(g_bytes_equal(before, after));
  g_assert_false(has_board(cli, "wild"));
  g_assert_true(has_board(cli, "sgd/seed-2"));
  g_assert_true(has_board(cli, "notes"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tensorboard/crc32c", test_crc32c_is_castagnoli);
  g_test_add_func("/tensorboard/first-bytes",
                  test_the_first_bytes_are_those_of_every_event_file);
  g_test_add_func("/tensorboard/written-and-read", test_what_is_written_is_read);
  g_test_add_func("/tensorboard/protoc", test_protoc_reads_an_event);
  g_test_add_func("/tensorboard/series/whatever-records-have",
                  test_series_have_whatever_records_have);
  g_test_add_func("/tensorboard/series/summaries-are-of-all-runs",
                  test_summaries_are_of_all_runs);
  g_test_add("/tensorboard/compare/runs-and-aggregates", Cli, NULL, set_up,
             test_compare_writes_runs_and_aggregates, tear_down);
  g_test_add("/tensorboard/compare/the-folder-follows-the-runs", Cli, NULL, set_up,
             test_the_folder_follows_the_runs, tear_down);
  return g_test_run();
}
