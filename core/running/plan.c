/* SPDX-License-Identifier: MIT */
/* Chain -> sweeps, and what they cost. */
#include "plan.h"

#include "cpu.h"
#include "running/diagnosis.h"

static const uint32_t sums_only[] = { OPTREG_SUM, OPTREG_SUM, OPTREG_SUM };
G_STATIC_ASSERT(G_N_ELEMENTS(sums_only) >= OPTREG_N_DIAGNOSED);

static size_t
level_index(void)
{
  switch (optreg_cpu_level()) {
  case OPTREG_LEVEL_X86_64_V4:
    return 2;
  case OPTREG_LEVEL_X86_64_V3:
    return 1;
  default:
    return 0;
  }
}

/* a trial is an update up to the optimizer, which a stage of its own stands for */
static bool
takes(const OptregSweep *sweep, const OptregStage *stage)
{
  /* what is measured again passes the same stages */
  const OptregSweepKind kind =
      sweep->kind == OPTREG_SWEEP_REMEASURE ? OPTREG_SWEEP_MEASURE : sweep->kind;

  if (kind == OPTREG_SWEEP_TRIAL) {
    return (stage->sweeps & OPTREG_IN(TRIAL)) != 0
           || ((stage->sweeps & OPTREG_IN(UPDATE)) != 0
               && (stage->flags & (OPTREG_STAGE_DIAGNOSES | OPTREG_STAGE_IS_OPTIMIZER))
                      == 0);
  }
  return (stage->sweeps & 1u << kind) != 0
         && (sweep->is_diagnosed || (stage->flags & OPTREG_STAGE_DIAGNOSES) == 0);
}

static void
choose_stages(OptregSweep *sweep, const OptregChain *chain)
{
  const GArray *all = chain->builder.stages;
  const size_t level = level_index();

  sweep->level = level;
  sweep->stages = g_new0(OptregSweepStage, all->len + 1);
  for (guint i = 0; i < all->len; i++) {
    const OptregPlacedStage *placed = &g_array_index(all, OptregPlacedStage, i);
    if (takes(sweep, placed->stage)) {
      sweep->stages[sweep->n_stages++] = (OptregSweepStage){
        { placed->stage->run[OPTREG_TYPE_F32][level],
          placed->stage->run[OPTREG_TYPE_F64][level] },
        placed->self,
        placed->stage,
        0,
      };
      if (placed->stage->sweeps == OPTREG_IN(TRIAL)) {
        break;
      }
    }
  }
}

/* neighbours that fill in terms make one head */
static void
form_heads(OptregSweep *sweep)
{
  size_t n_terms = 0, n_heads = 0;

  for (size_t i = sweep->n_stages; i-- > 0;) {
    n_terms = sweep->stages[i].stage->fill != NULL ? n_terms + 1 : 0;
    sweep->stages[i].n_terms = n_terms;
    n_heads += n_terms == 1;
  }
  g_assert(n_heads <= OPTREG_MAX_HEADS);
}

/* nothing is measured after the last stage that looks */
static void
trim_measure(OptregSweep *sweep)
{
  while (sweep->n_stages > 0
         && (sweep->stages[sweep->n_stages - 1].stage->flags & OPTREG_STAGE_OBSERVES)
                == 0) {
    sweep->n_stages--;
  }
}

/* parameter and gradient are moved once, whatever the number of stages; each stage's
 * own state in addition */
static void
count_bytes(OptregSweep *sweep)
{
  const uint32_t element = sizeof(float);
  const uint32_t flags = sweep->flags;
  const bool keeps_param = sweep->kind == OPTREG_SWEEP_REDUCE;

  sweep->bytes_read += (flags & OPTREG_STAGE_READS_GRADIENT) != 0 ? element : 0;
  sweep->bytes_read += (flags & OPTREG_STAGE_READS_PARAM) != 0 ? element : 0;
  sweep->bytes_written +=
      (flags & OPTREG_STAGE_WRITES_PARAM) != 0 && !keeps_param ? element : 0;
  for (size_t i = 0; i < sweep->n_stages; i++) {
    sweep->bytes_read += sweep->stages[i].stage->reads * element;
    sweep->bytes_written += sweep->stages[i].stage->writes * element;
  }
}

/* beyond the first head: that of norms, with which the sweep deals itself */
static bool
asks_for_tensor(const OptregSweep *sweep)
{
  for (size_t i = sweep->stages[0].n_terms; i < sweep->n_stages; i++) {
    if ((sweep->stages[i].stage->flags & OPTREG_STAGE_BY_TENSOR) != 0) {
      return true;
    }
  }
  return false;
}

static bool
may_be_bundled(const OptregSweep *sweep)
{
  const uint32_t kinds = OPTREG_IN(MEASURE_MICRO) | OPTREG_IN(ACCUMULATE)
                         | OPTREG_IN(MEASURE) | OPTREG_IN(UPDATE);

  return (kinds & 1u << sweep->kind) != 0 && !asks_for_tensor(sweep);
}

static void
compile(OptregSweep *sweep, OptregSweepKind kind, uint32_t phase,
        const OptregChain *chain)
{
  sweep->kind = kind;
  sweep->phase = phase;
  choose_stages(sweep, chain);
  if (kind == OPTREG_SWEEP_MEASURE || kind == OPTREG_SWEEP_REMEASURE
      || kind == OPTREG_SWEEP_MEASURE_MICRO) {
    trim_measure(sweep);
  }
  form_heads(sweep);
  sweep->optimizer_at = sweep->n_stages;
  for (size_t i = 0; i < sweep->n_stages; i++) {
    const uint32_t mine = sweep->stages[i].stage->flags;
    sweep->flags |= mine;
    if ((mine & OPTREG_STAGE_IS_OPTIMIZER) != 0) {
      sweep->optimizer_at = i;
    }
  }
  sweep->copies_param = (kind == OPTREG_SWEEP_REDUCE || kind == OPTREG_SWEEP_TRIAL)
                        && (sweep->flags & OPTREG_STAGE_WRITES_PARAM) != 0;
  sweep->is_bundled = may_be_bundled(sweep);
  count_bytes(sweep);
}

static void
list_ops(OptregPlan *plan, const OptregInstances *instances)
{
  plan->ops = g_new0(uint32_t, instances->n_rows + 1);
  for (size_t i = 0; i < instances->n; i++) {
    const OptregDescriptor *descriptor =
        optreg_instance_descriptor(instances->items[i]);
    uint32_t *ops = plan->ops + optreg_instance_first_row(instances->items[i]);
    for (size_t row = 0; row < descriptor->n_reductions; row++) {
      ops[row] = descriptor->reductions[row].op;
    }
  }
}

static void
compile_reductions(OptregPlan *plan, const OptregChain *chain,
                   const OptregInstances *instances)
{
  plan->n_reductions = instances->n_phases;
  plan->reductions = g_new0(OptregSweep, plan->n_reductions + 1);
  list_ops(plan, instances);
  for (uint32_t phase = 0; phase < plan->n_reductions; phase++) {
    OptregSweep *sweep = &plan->reductions[phase];
    compile(sweep, OPTREG_SWEEP_REDUCE, phase, chain);
    sweep->n_rows = instances->n_rows;
    sweep->ops = plan->ops;
  }
}

static void
compile_measure(OptregPlan *plan)
{
  OptregSweep *measure = &plan->sweeps[OPTREG_SWEEP_MEASURE];
  OptregSweep *again = &plan->sweeps[OPTREG_SWEEP_REMEASURE];

  plan->measures_norm = (measure->flags & OPTREG_STAGE_SUMS_SQUARES) != 0;
  measure->n_rows = again->n_rows = plan->measures_norm ? 1 : 0;
  measure->ops = again->ops = sums_only;
}

static void
compile_diagnosed(OptregPlan *plan, const OptregChain *chain)
{
  plan->diagnosed.is_diagnosed = true;
  compile(&plan->diagnosed, OPTREG_SWEEP_UPDATE, 0, chain);
  plan->diagnosed.n_rows = OPTREG_N_DIAGNOSED;
  plan->diagnosed.ops = sums_only;
}

/* ---- what it looks like ---- */

static void
describe(OptregPlan *plan, const char *call, const char *name, const OptregSweep *sweep)
{
  g_autoptr(GString) stages = g_string_new(NULL);

  if (sweep->n_stages == 0) {
    return;
  }
  for (size_t i = 0; i < sweep->n_stages; i++) {
    g_string_append_printf(stages, "%s%s", i > 0 ? ", " : "",
                           sweep->stages[i].stage->name);
  }
  plan->infos[plan->n_infos++] = (optreg_sweep_info){
    .call = call,
    .name = g_strdup(name),
    .stages = g_string_free(g_steal_pointer(&stages), FALSE),
    .bytes_read = sweep->bytes_read,
    .bytes_written = sweep->bytes_written,
  };
}

/* micro-steps are taken only where something adds up what they give */
static bool
accumulates(const OptregPlan *plan)
{
  const OptregSweep *sweep = &plan->sweeps[OPTREG_SWEEP_ACCUMULATE];

  for (size_t i = 0; i < sweep->n_stages; i++) {
    if (sweep->stages[i].stage->writes > 0) {
      return true;
    }
  }
  return false;
}

static void
describe_all(OptregPlan *plan)
{
  const OptregSweep *sweeps = plan->sweeps;

  plan->infos = g_new0(optreg_sweep_info, OPTREG_N_SWEEPS + plan->n_reductions + 1);
  if (accumulates(plan)) {
    describe(plan, "micro-step", "measure", &sweeps[OPTREG_SWEEP_MEASURE_MICRO]);
    describe(plan, "micro-step", "accumulate", &sweeps[OPTREG_SWEEP_ACCUMULATE]);
  }
  describe(plan, "step", "measure", &sweeps[OPTREG_SWEEP_MEASURE]);
  for (size_t i = 0; i < plan->n_reductions; i++) {
    g_autofree char *name = g_strdup_printf("reduce %zu", i);
    describe(plan, "step", name, &plan->reductions[i]);
  }
  describe(plan, "step", "update", &sweeps[OPTREG_SWEEP_UPDATE]);
  describe(plan, "diagnosed step", "update", &plan->diagnosed);
}

OptregPlan *
optreg_plan_new(const OptregChain *chain, const OptregInstances *instances,
                bool is_diagnosed)
{
  OptregPlan *plan = g_new0(OptregPlan, 1);

  for (uint32_t kind = 0; kind < OPTREG_N_SWEEPS; kind++) {
    if (kind != OPTREG_SWEEP_REDUCE) {
      compile(&plan->sweeps[kind], kind, 0, chain);
    }
  }
  compile_measure(plan);
  compile_reductions(plan, chain, instances);
  if (is_diagnosed) {
    compile_diagnosed(plan, chain);
  }
  describe_all(plan);
  return plan;
}

void
optreg_plan_free(OptregPlan *plan)
{
  if (plan == NULL) {
    return;
  }
  for (size_t i = 0; i < OPTREG_N_SWEEPS; i++) {
    g_free(plan->sweeps[i].stages);
  }
  for (size_t i = 0; i < plan->n_reductions; i++) {
    g_free(plan->reductions[i].stages);
  }
  for (size_t i = 0; i < plan->n_infos; i++) {
    g_free((char *)plan->infos[i].name);
    g_free((char *)plan->infos[i].stages);
  }
  g_free(plan->diagnosed.stages);
  g_free(plan->reductions);
  g_free(plan->ops);
  g_free(plan->infos);
  g_free(plan);
}
