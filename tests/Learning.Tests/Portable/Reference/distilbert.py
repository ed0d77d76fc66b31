"""Writes distilbert.json: scores of the tests' small DistilBERT and gradients of its adapter and head, computed in float64, a text at a time, with PyTorch's attention.

Run: python3 distilbert.py > distilbert.json (PyTorch 1.13 or later).
"""
import torch
from torch import nn

from made import LABELS, Trained, report, tensor

WIDTH, LAYERS, HEADS, FFN, VOCABULARY, POSITIONS, EPSILON = 16, 2, 2, 32, 21, 12, 1e-12
TEXTS = [[2, 5, 13, 17, 3], [2, 9, 3], [2, 6, 14, 3, 10, 20, 3]]
ADAPTED = ["distilbert.transformer.layer.0.attention.v_lin", "distilbert.transformer.layer.0.ffn.lin2", "distilbert.transformer.layer.1.attention.k_lin"]


def norm(hidden, name):
    return nn.functional.layer_norm(hidden, [WIDTH], tensor(name + ".weight", WIDTH), tensor(name + ".bias", WIDTH), EPSILON)


def encode(text, trained):
    prefix = "distilbert.embeddings."
    hidden = norm(
        tensor(prefix + "word_embeddings.weight", VOCABULARY, WIDTH)[text] + tensor(prefix + "position_embeddings.weight", POSITIONS, WIDTH)[: len(text)],
        prefix + "LayerNorm",
    )
    for i in range(LAYERS):
        name = f"distilbert.transformer.layer.{i}."
        parts = [trained.layer(name + f"attention.{part}_lin", WIDTH, WIDTH) for part in "qkv"]
        out_weight, out_bias = trained.layer(name + "attention.out_lin", WIDTH, WIDTH)
        column = hidden.unsqueeze(1)  # [tokens × 1 text × width]
        attended, _ = nn.functional.multi_head_attention_forward(
            column, column, column, WIDTH, HEADS,
            torch.cat([weight for weight, _ in parts]), torch.cat([bias for _, bias in parts]),
            None, None, False, 0.0, out_weight, out_bias, training=False,
        )
        hidden = norm(hidden + attended.squeeze(1), name + "sa_layer_norm")
        inner = nn.functional.gelu(nn.functional.linear(hidden, *trained.layer(name + "ffn.lin1", FFN, WIDTH)))
        hidden = norm(hidden + nn.functional.linear(inner, *trained.layer(name + "ffn.lin2", WIDTH, FFN)), name + "output_layer_norm")
    return hidden


trained = Trained(ADAPTED)
first = torch.stack([encode(torch.tensor(text), trained)[0] for text in TEXTS])
inner = torch.relu(nn.functional.linear(first, *trained.head("pre_classifier", WIDTH, WIDTH)))
report(nn.functional.linear(inner, *trained.head("classifier", LABELS, WIDTH)), trained)
