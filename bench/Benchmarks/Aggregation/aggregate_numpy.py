"""The algorithms of the aggregate benchmark in numpy: FOLDER AGENTS RANK OUTPUTS INPUTS HALF_STEPS -> three medians in ms.

Same data, same number of passes and the same widths as EdgeFlora: subspace iteration warm-started from the mean with sixteen extra
directions and sixteen probes in the first product, three half steps; Gram-free alternating least squares, as many half steps as it took there.
Factors are stacked once, outside the clock, which favours numpy: every product is one large BLAS call.
"""
import statistics
import sys
import time

import numpy as np

folder, agents, rank, outputs, inputs, half_steps = sys.argv[1], *map(int, sys.argv[2:7])
a = np.fromfile(f"{folder}/a.f32", np.float32).reshape(agents * rank, inputs)
b3 = np.fromfile(f"{folder}/b.f32", np.float32).reshape(agents, outputs, rank)
w = np.loadtxt(f"{folder}/weights.txt").astype(np.float32)
b = np.ascontiguousarray(b3.transpose(1, 0, 2).reshape(outputs, agents * rank))
a3 = a.reshape(agents, rank, inputs)
wr = np.repeat(w, rank)[:, None]


def averages():
    return np.tensordot(w, a3, 1), np.tensordot(w, b3, 1)


def apply(x):  # [inputs × l] -> [outputs × l]
    return b @ (wr * (a @ x))


def apply_transposed(y):
    return a.T @ (wr * (b.T @ y))


rng = np.random.default_rng(1)


def optimal():
    mean, _ = averages()
    random = rng.standard_normal((inputs, 16)).astype(np.float32)
    probes = rng.choice(np.array([-1, 1], np.float32), (inputs, 16))
    y = apply(np.hstack([mean.T, random, probes]))
    q, _ = np.linalg.qr(y[:, : rank + 16])
    z, _ = np.linalg.qr(apply_transposed(q))
    left = apply(z)
    u, s, vt = np.linalg.svd(left, full_matrices=False)
    inside = u.T @ y[:, rank + 16 :]
    energy = (s**2).sum() + ((y[:, rank + 16 :] ** 2).sum() - (inside**2).sum()) / 16
    return u[:, :rank] * s[:rank], (vt @ z.T)[:rank], energy


def solve(x, c, old):
    h = (x @ x.T).astype(np.float64)
    mu = 1e-8 * np.trace(h) / agents
    return np.linalg.solve(h + mu * np.eye(agents), c + mu * old)


def root(gram):
    values, vectors = np.linalg.eigh(gram.astype(np.float64))
    return (vectors * np.sqrt(np.maximum(values, 0))).astype(np.float32)


def flora_na():
    p = q = w.astype(np.float64)
    for step in range(half_steps):
        if step % 2 == 0:
            mean_b = np.tensordot(p.astype(np.float32), b3, 1)
            c = (a3 * apply_transposed(mean_b).T[None]).sum((1, 2))
            q = solve(np.matmul(root(mean_b.T @ mean_b).T, a3).reshape(agents, -1), c, q)
        else:
            mean_a = np.tensordot(q.astype(np.float32), a3, 1)
            c = (b3 * apply(mean_a.T)[None]).sum((1, 2))
            p = solve(np.matmul(b3, root(mean_a @ mean_a.T)).reshape(agents, -1), c, p)
    return p, q


def median(work):
    work()
    times = []
    for _ in range(9):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


print(median(averages), median(optimal), median(flora_na))
