#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Adadelta of optreg and of PyTorch side by side, on the same arrays, taking turns.

    apt-get install python3-torch
    /usr/bin/python3 tests/bench/versus_torch.py [--build DIR] [--repeat N] [SHAPES...]

Prints how many times as long as optreg PyTorch takes: the better of its foreach and its
for-loop implementation, smallest, median and largest of the runs. By hand only: it takes
minutes, and what it says holds for one machine.
"""
import argparse
import ctypes
import os
import statistics
import sys
import time

SHAPES = {
    "50M": [50_000_000],
    "1M": [1_000_000],
    "resnet50": [160_000] * 161,
    "tiny": [10] * 10_000,
}
PLAIN = "optimizer: adadelta\nlearning_rate: 1.0\nepsilon: 1e-6\n"
# a norm that is never reached and a factor of 1 cost as much as others, and leave the
# gradients, which PyTorch overwrites, as they are
WRAPPED = PLAIN + ("loss_scale_factor: 1024\nglobal_clipnorm: 1e9\nweight_decay: 1e-4\n"
                   "use_ema: true\nema_momentum: 0.99\n")
RHO, EPSILON, RATE, DECAY, MOMENTUM, MAX_NORM = 0.95, 1e-6, 1.0, 1e-4, 0.99, 1e9
LEAST_SECONDS = 0.02
PAUSE = 0.01  # PyTorch's threads go on spinning for milliseconds after their work


# ---- optreg ----


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("message", ctypes.c_char_p)]


class Optreg:
    """The few functions of optreg.h that are needed."""

    def __init__(self, build):
        self.library = ctypes.CDLL(os.path.join(build, "core", "liboptreg.so"))
        self.plugins = os.path.abspath(os.path.join(build, "plugins")).encode()
        pointers = ["registry_new", "optimizer_from_string"]
        for name in pointers:
            self.function(name).restype = ctypes.c_void_p
        for name in ["optimizer_add_parameter", "optimizer_set_threads",
                     "optimizer_build"]:
            self.function(name).restype = ctypes.c_bool

    def function(self, name):
        return getattr(self.library, "optreg_" + name)

    def call(self, name, *arguments):
        error = ctypes.POINTER(Error)()
        result = self.function(name)(*arguments, ctypes.byref(error))
        if error:
            sys.exit("optreg: " + error.contents.message.decode())
        return result

    def optimizer(self, yaml, params, grads, threads):
        directories = (ctypes.c_char_p * 2)(self.plugins, None)
        registry = ctypes.c_void_p(self.call("registry_new", directories))
        optimizer = ctypes.c_void_p(
            self.call("optimizer_from_string", registry, yaml.encode(), b"yaml"))
        self.call("optimizer_set_threads", optimizer, ctypes.c_uint32(threads))
        for index, (param, grad) in enumerate(zip(params, grads)):
            self.call("optimizer_add_parameter", optimizer, b"p%d" % index,
                      ctypes.c_uint32(1), (ctypes.c_uint64 * 1)(param.numel()),
                      ctypes.c_uint32(1), ctypes.c_void_p(param.data_ptr()),
                      ctypes.c_void_p(grad.data_ptr()))
        self.call("optimizer_build", optimizer)
        self.function("registry_free")(registry)
        return optimizer

    def stepper(self, yaml, params, grads, threads):
        optimizer = self.optimizer(yaml, params, grads, threads)
        step = self.function("optimizer_step")

        def run():
            if step(optimizer, None) != 0:
                sys.exit("optreg: a step was not applied")

        return run, lambda: self.function("optimizer_free")(optimizer)


# ---- PyTorch ----


def torch_plain(torch, params, foreach):
    optimizer = torch.optim.Adadelta(params, lr=RATE, rho=RHO, eps=EPSILON,
                                     foreach=foreach)
    return optimizer.step


def around_foreach(torch, params, grads, averages, step):
    def run():
        torch._foreach_mul_(grads, 1.0)
        torch.nn.utils.clip_grad_norm_(params, MAX_NORM)
        torch._foreach_mul_(params, 1.0 - RATE * DECAY)
        step()
        torch._foreach_mul_(averages, MOMENTUM)
        torch._foreach_add_(averages, params, alpha=1.0 - MOMENTUM)

    return run


def around_loop(torch, params, grads, averages, step):
    def run():
        for grad in grads:
            grad.mul_(1.0)
        torch.nn.utils.clip_grad_norm_(params, MAX_NORM)
        for param in params:
            param.mul_(1.0 - RATE * DECAY)
        step()
        for average, param in zip(averages, params):
            average.lerp_(param, 1.0 - MOMENTUM)

    return run


def torch_wrapped(torch, params, foreach):
    grads = [param.grad for param in params]
    averages = [param.detach().clone() for param in params]
    around = around_foreach if foreach else around_loop
    run = around(torch, params, grads, averages, torch_plain(torch, params, foreach))
    return torch.no_grad()(run)


# ---- against the clock ----


def seconds_of(run, times):
    time.sleep(PAUSE)
    run()
    begin = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - begin) / times


def choose_times(run):
    times = 1
    while seconds_of(run, times) * times < LEAST_SECONDS:
        times *= 2
    return times


def take_turns(contestants, repeat, label):
    """Seconds by contestant and run."""
    times = {name: choose_times(run) for name, run in contestants.items()}
    seconds = {name: [] for name in contestants}
    for index in range(repeat):
        print(f"\r{label}: run {index + 1}/{repeat}\x1b[K", end="", file=sys.stderr)
        for name, run in contestants.items():
            seconds[name].append(seconds_of(run, times[name]))
    print("\r\x1b[K", end="", file=sys.stderr)
    return seconds


def make_model(torch, sizes):
    torch.manual_seed(1)
    params = [torch.nn.Parameter(torch.randn(size) * 0.1) for size in sizes]
    for param in params:
        param.grad = torch.randn(param.numel()) * 0.01
    return params, [param.grad for param in params]


def compare(torch, optreg, shapes, kind, arguments):
    params, grads = make_model(torch, SHAPES[shapes])
    yaml, make = {"plain": (PLAIN, torch_plain), "wrapped": (WRAPPED, torch_wrapped)}[kind]
    contestants, closers = {}, []
    for mode in ["propagate", "skip"]:
        run, close = optreg.stepper(yaml + f"nonfinite: {mode}\n", params, grads,
                                    arguments.threads)
        contestants[mode] = run
        closers.append(close)
    for foreach in [True, False]:
        contestants["foreach" if foreach else "loop"] = make(torch, params, foreach)
    seconds = take_turns(contestants, arguments.repeat, f"{shapes}, {kind}")
    for close in closers:
        close()
    return seconds


def ratios(seconds, mode):
    best = min(["foreach", "loop"], key=lambda name: statistics.median(seconds[name]))
    values = [slow / fast for slow, fast in zip(seconds[best], seconds[mode])]
    return min(values), statistics.median(values), max(values)


def print_row(shapes, kind, seconds):
    ms = {name: 1e3 * statistics.median(values) for name, values in seconds.items()}
    cells = [shapes, kind] + [f"{ms[name]:.3f}" for name in
                              ["propagate", "skip", "foreach", "loop"]]
    for mode in ["propagate", "skip"]:
        cells.append(" / ".join(f"{value:.1f}" for value in ratios(seconds, mode)))
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="build folder (default build)")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kind", choices=["plain", "wrapped"], action="append")
    parser.add_argument("shapes", nargs="*", metavar="SHAPES",
                        help=f"some of {', '.join(SHAPES)} (default: all)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.shapes if name not in SHAPES]
    if unknown:
        parser.error(f"no shapes '{unknown[0]}'; there are {', '.join(SHAPES)}")
    try:
        import torch
    except ImportError:
        sys.exit("PyTorch is missing: apt-get install python3-torch, then run this with "
                 "/usr/bin/python3, whose module it is")
    torch.set_num_threads(arguments.threads)
    optreg = Optreg(arguments.build)
    print(f"PyTorch {torch.__version__}, {arguments.threads} threads, "
          f"{arguments.repeat} runs; ms per step, and PyTorch's better one over optreg\n")
    print("| shapes | kind | propagate | skip | foreach | for-loop | "
          "over propagate, min / median / max | over skip |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in arguments.kind or ["plain", "wrapped"]:
        for shapes in arguments.shapes or SHAPES:
            print_row(shapes, kind, compare(torch, optreg, shapes, kind, arguments))


if __name__ == "__main__":
    main()
