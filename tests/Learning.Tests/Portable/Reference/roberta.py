"""Writes roberta.json: scores of the tests' small RoBERTa and gradients of its adapter and head, computed in float64 with PyTorch's own encoder layer.

Run: python3 roberta.py > roberta.json (PyTorch 1.13 or later).
"""
import torch
from torch import nn

from made import LABELS, Trained, report, tensor

WIDTH, LAYERS, HEADS, FFN, VOCABULARY, POSITIONS, EPSILON, PADDING = 16, 2, 2, 32, 21, 14, 1e-5, 1
TEXTS = [[0, 5, 13, 17, 2], [0, 9, 2], [0, 6, 14, 2, 2, 10, 20, 2]]
ADAPTED = ["roberta.encoder.layer.0.attention.self.query", "roberta.encoder.layer.1.attention.output.dense", "roberta.encoder.layer.1.output.dense"]


def norm(name):
    return tensor(name + ".weight", WIDTH), tensor(name + ".bias", WIDTH)


def encode(trained):
    """Padded to the longest text and masked, unlike the packed sequences of the engine; positions as in fairseq, counted over what is no padding."""
    longest = max(map(len, TEXTS))
    ids = torch.tensor([text + [PADDING] * (longest - len(text)) for text in TEXTS])
    real = ids != PADDING
    positions = real.cumsum(1) * real + PADDING
    prefix = "roberta.embeddings."
    hidden = (
        tensor(prefix + "word_embeddings.weight", VOCABULARY, WIDTH)[ids]
        + tensor(prefix + "position_embeddings.weight", POSITIONS, WIDTH)[positions]
        + tensor(prefix + "token_type_embeddings.weight", 1, WIDTH)[torch.zeros_like(ids)]
    )
    hidden = nn.functional.layer_norm(hidden, [WIDTH], *norm(prefix + "LayerNorm"), EPSILON)
    for i in range(LAYERS):
        name = f"roberta.encoder.layer.{i}."
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, FFN, 0.0, "gelu", EPSILON, batch_first=True).double()
        parts = [trained.layer(name + "attention.self." + part, WIDTH, WIDTH) for part in ("query", "key", "value")]
        weights = {
            "self_attn.in_proj_weight": torch.cat([weight for weight, _ in parts]),
            "self_attn.in_proj_bias": torch.cat([bias for _, bias in parts]),
        }
        for ours, theirs, outputs, inputs in [
            ("attention.output.dense", "self_attn.out_proj", WIDTH, WIDTH),
            ("intermediate.dense", "linear1", FFN, WIDTH),
            ("output.dense", "linear2", WIDTH, FFN),
        ]:
            weights[theirs + ".weight"], weights[theirs + ".bias"] = trained.layer(name + ours, outputs, inputs)
        for ours, theirs in [("attention.output.LayerNorm", "norm1"), ("output.LayerNorm", "norm2")]:
            weights[theirs + ".weight"], weights[theirs + ".bias"] = norm(name + ours)
        hidden = nn.utils.stateless.functional_call(layer, weights, (hidden,), {"src_key_padding_mask": ~real})
    return hidden


trained = Trained(ADAPTED)
first = nn.functional.linear(encode(trained)[:, 0], *trained.head("classifier.dense", WIDTH, WIDTH))
report(nn.functional.linear(torch.tanh(first), *trained.head("classifier.out_proj", LABELS, WIDTH)), trained)
