/* SPDX-License-Identifier: MIT */
/* A plugin in C++17: gradient descent with momentum, as Polyak wrote it. The class is a
 * constant expression, so that it stands in the file and no code runs when it is
 * opened. */
#include <cmath>
#include <optreg/plugin.h>

namespace
{

enum { LEARNING_RATE, MOMENTUM };
enum { PREVIOUS };

constexpr uint32_t anything = OPTREG_SCHEDULABLE | OPTREG_PER_GROUP;

constexpr optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.01, 0.0, INFINITY, anything, "size of the step"),
  OPTREG_REAL_ROW("momentum", 0.9, 0.0, 1.0, anything,
                  "share of the last movement that is repeated"),
};

constexpr optreg_slot slots[] = {
  { "previous", "the parameter one step ago", nullptr, nullptr, 0.0, OPTREG_PER_ELEMENT,
    OPTREG_INIT_PARAMETER, 0, 0 },
};

/* p' <- p - a g + b (p - q) ;  q <- p ;  p <- p' */
template <typename Real>
OPTREG_INLINE void
step(const optreg_span *span)
{
  auto *OPTREG_RESTRICT p = static_cast<Real *>(span->param);
  auto *OPTREG_RESTRICT q = static_cast<Real *>(span->slot[PREVIOUS]);
  const auto *OPTREG_RESTRICT g = static_cast<const Real *>(span->grad);
  const auto learning_rate = static_cast<Real>(span->hyperparameter[LEARNING_RATE]);
  const auto momentum = static_cast<Real>(span->hyperparameter[MOMENTUM]);

  for (size_t i = 0; i < span->n; i++) {
    const Real next = p[i] - learning_rate * g[i] + momentum * (p[i] - q[i]);
    q[i] = p[i];
    p[i] = next;
  }
}

OPTREG_REAL_KERNEL(update, { step<real>(span); })

constexpr optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

constexpr optreg_optimizer_class
describe()
{
  optreg_optimizer_class self = {};

  self.struct_size = OPTREG_OPTIMIZER;
  self.name = "heavy_ball";
  self.version = "1.0.0";
  self.license = "MIT";
  self.doc = "gradient descent with momentum, written in C++";
  self.reference =
      "Polyak 1964, Some methods of speeding up the convergence of iteration "
      "methods, equation 9";
  self.granularity = OPTREG_ELEMENT;
  self.flags = OPTREG_IGNORES_PLACE;
  self.hyperparameters = OPTREG_TABLE(hyperparameters);
  self.slots = OPTREG_TABLE(slots);
  self.kernels = OPTREG_TABLE(kernels);
  return self;
}

constexpr optreg_optimizer_class heavy_ball = describe();

} /* namespace */

OPTREG_PLUGIN(&heavy_ball);
