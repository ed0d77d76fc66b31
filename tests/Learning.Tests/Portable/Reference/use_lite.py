"""Writes use-lite.json: scores of the tests' small Universal Sentence Encoder Lite and gradients of its adapter and head, computed in float64 from the published formulas.

Run: python3 use_lite.py > use-lite.json (PyTorch 1.13 or later).
"""
import torch
from torch.nn.functional import layer_norm, linear

from made import LABELS, Trained, report, tensor

EMBEDDING, WIDTH, HEADS, HEAD_WIDTHS, FFN, VOCABULARY, EPSILON = 8, 16, 2, [4, 6], 24, 22, 1e-6
TEXTS = [[6, 14, 18], [10], [7, 15, 2, 11, 21]]
ADAPTED = ["encoder.layer.0.attention.qkv", "encoder.layer.0.residual", "encoder.layer.1.ffn.up", "pooler.dense"]


def norm(x, name):
    return layer_norm(x, x.shape[-1:], tensor(name + ".weight", x.shape[-1]), tensor(name + ".bias", x.shape[-1]), EPSILON)


def encode(trained):
    """Padded to the longest text and masked by a large negative number, as the published graph does it."""
    longest = max(map(len, TEXTS))
    ids = torch.tensor([text + [0] * (longest - len(text)) for text in TEXTS])
    real = torch.tensor([[1.0] * len(text) + [0.0] * (longest - len(text)) for text in TEXTS]).double()
    angles = torch.arange(longest).double()[:, None] * tensor("embeddings.inv_timescales", EMBEDDING // 2)
    x = 2 * tensor("embeddings.word_embeddings.weight", VOCABULARY, EMBEDDING)[ids] + torch.cat([angles.sin(), angles.cos()], 1)
    for i, head in enumerate(HEAD_WIDTHS):
        name = f"encoder.layer.{i}."
        width = HEADS * head
        fused = linear(norm(x, name + "attention.ln"), *trained.layer(name + "attention.qkv", 3 * width, x.shape[-1]))
        q, k, v = fused.unflatten(-1, (3, HEADS, head)).unbind(2)
        scores = torch.einsum("bihw,bjhw->bhij", q, k) * head**-0.5 - 1e9 * (1 - real)[:, None, None, :]
        mixed = torch.einsum("bhij,bjhw->bihw", scores.softmax(-1), v).flatten(2)
        beside = linear(x, *trained.layer(name + "residual", WIDTH, EMBEDDING)) if i == 0 else x
        x = linear(mixed, *trained.layer(name + "attention.output", WIDTH, width)) + beside
        inner = torch.relu(linear(norm(x, name + "ffn.ln"), *trained.layer(name + "ffn.up", FFN, WIDTH)))
        x = x + linear(inner, *trained.layer(name + "ffn.down", WIDTH, FFN))
    mean = (x * real[..., None]).sum(1) / real.sum(1, keepdim=True)
    return torch.tanh(linear(mean, *trained.layer("pooler.dense", WIDTH, WIDTH)))


trained = Trained(ADAPTED)
report(linear(encode(trained), *trained.head("classifier", LABELS, WIDTH)), trained)
