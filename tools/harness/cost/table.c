/* SPDX-License-Identifier: MIT */
/* The table of costs and the sentences below it. */
#include "table.h"

#include "support/columns.h"
#include "support/format.h"
#include "support/prose.h"
#include "words.h"

#include <math.h>

static void
add_row(Columns *columns, const char *name, const CostRow *row)
{
  g_autofree char *step = format_number("%.3g", 1e-3 * row->step_ns);
  g_autofree char *ns = format_number("%.3g", row->ns);
  g_autofree char *state = format_number("%.4g", row->state_bytes);
  g_autofree char *speed = format_number("%.3g", row->gigabytes_per_s);
  g_autofree char *percent = format_number("%.2g", 100.0 * row->share);
  g_autofree char *share = g_strconcat(percent, isfinite(row->share) ? " %" : "", NULL);
  g_autofree char *ratio = cost_words_ratio(row);

  columns_add(columns, name, step, ns, state, speed, share, ratio);
}

static void
add_sentence(Columns *columns, char *text)
{
  if (text != NULL) {
    columns_add(columns, text);
  }
  g_free(text);
}

void
cost_table_print(const Comparison *comparison, const CostTask *task,
                 const Screen *screen, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("lrrRRRR");
  g_autoptr(Columns) sentences = columns_new("l");
  g_autofree char *parameters = format_count(task->n_parameters);

  columns_add_heading(columns, "arm", "step", "step", "state", "moved", "of a training",
                      "time to");
  columns_add_heading(columns, "", "us", "ns/parameter", "bytes/parameter", "GB/s",
                      "step", "the control's");
  for (size_t arm = 0; arm < task->n_arms; arm++) {
    add_row(columns, arm_name(experiment_arm(comparison->experiment, arm)),
            &task->rows[arm]);
    add_sentence(sentences, cost_words_arm(comparison, task, arm));
  }
  add_sentence(sentences, cost_words_noise(comparison, task));
  g_autofree char *heading = g_strdup_printf(
      "Cost of a step: %s parameters, one thread, medians of %zu blocks in turn",
      parameters, task->n_blocks);
  prose_print_line(heading, screen, stream);
  fputc('\n', stream);
  columns_print_on(columns, 2, screen, stream);
  fputc('\n', stream);
  columns_print_on(sentences, 0, screen, stream);
}
