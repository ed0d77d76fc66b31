"""Writes bert.json: probabilities and ten training losses of the tests' small BERT, computed with PyTorch's own encoder layer and AdamW.

Run: python3 bert.py > bert.json (PyTorch 1.13 or later). Weights follow a formula, so that no file of them is needed.
"""
import json

import torch
from torch import nn

WIDTH, LAYERS, HEADS, FFN, VOCABULARY, POSITIONS, LABELS, RANK, SCALE = 16, 2, 2, 32, 21, 12, 4, 2, 2.0
ADAPTED = ["attention.self.query", "attention.self.value", "output.dense"]
TEXTS = [[2, 5, 13, 17, 3], [2, 9, 3], [2, 6, 14, 3, 10, 20, 3]]
SEGMENTS = [[0, 0, 0, 0, 0], [0, 0, 0], [0, 0, 0, 0, 1, 1, 1]]
TARGETS = [1, 3, 0]


def tensor(name, *shape):
    count = int(torch.tensor(shape).prod())
    index = torch.arange(count, dtype=torch.int64)
    values = (index * index * 31 + index * 7919 + sum(name.encode()) * 104729) % 2003 / 2003.0 - 0.5
    if name.endswith("LayerNorm.weight"):
        values = values + 1
    return values.to(torch.float32).double().reshape(shape)


def plain_lora(name, weight, lora):
    return weight + SCALE * lora[name + ".lora_B"] @ lora[name + ".lora_A"]


def dense(name, outputs, inputs, lora):
    weight = tensor(name + ".weight", outputs, inputs)
    if name + ".lora_A" in lora:
        weight = lora.get("variant", plain_lora)(name, weight, lora)
    return weight, tensor(name + ".bias", outputs)


def norm(name):
    return tensor(name + ".weight", WIDTH), tensor(name + ".bias", WIDTH)


def encode(lora):
    """Padded to the longest text and masked, unlike the packed sequences of the engine."""
    longest = max(map(len, TEXTS))
    ids = torch.tensor([t + [0] * (longest - len(t)) for t in TEXTS])
    segments = torch.tensor([s + [0] * (longest - len(s)) for s in SEGMENTS])
    padding = torch.tensor([[False] * len(t) + [True] * (longest - len(t)) for t in TEXTS])
    prefix = "bert.embeddings."
    hidden = (
        tensor(prefix + "word_embeddings.weight", VOCABULARY, WIDTH)[ids]
        + tensor(prefix + "position_embeddings.weight", POSITIONS, WIDTH)[:longest]
        + tensor(prefix + "token_type_embeddings.weight", 2, WIDTH)[segments]
    )
    hidden = nn.functional.layer_norm(hidden, [WIDTH], *norm(prefix + "LayerNorm"), 1e-12)
    for i in range(LAYERS):
        name = f"bert.encoder.layer.{i}."
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, FFN, 0.0, "gelu", 1e-12, batch_first=True).double()
        parts = [dense(name + "attention.self." + part, WIDTH, WIDTH, lora) for part in ("query", "key", "value")]
        weights = {
            "self_attn.in_proj_weight": torch.cat([weight for weight, _ in parts]),
            "self_attn.in_proj_bias": torch.cat([bias for _, bias in parts]),
        }
        for ours, theirs, outputs, inputs in [
            ("attention.output.dense", "self_attn.out_proj", WIDTH, WIDTH),
            ("intermediate.dense", "linear1", FFN, WIDTH),
            ("output.dense", "linear2", WIDTH, FFN),
        ]:
            weights[theirs + ".weight"], weights[theirs + ".bias"] = dense(name + ours, outputs, inputs, lora)
        for ours, theirs in [("attention.output.LayerNorm", "norm1"), ("output.LayerNorm", "norm2")]:
            weights[theirs + ".weight"], weights[theirs + ".bias"] = norm(name + ours)
        hidden = nn.utils.stateless.functional_call(layer, weights, (hidden,), {"src_key_padding_mask": padding})
    return hidden, padding


def scores(lora, head, pooler):
    hidden, padding = encode(lora)
    if pooler:
        weight, bias = dense("bert.pooler.dense", WIDTH, WIDTH, {})
        pooled = torch.tanh(hidden[:, 0] @ weight.T + bias)
    else:
        kept = (~padding).unsqueeze(-1)
        pooled = (hidden * kept).sum(1) / kept.sum(1)
    return pooled @ head["classifier.weight"].T + head["classifier.bias"]


def run(pooler):
    lora = {}
    for i in range(LAYERS):
        for part in ADAPTED:
            name = f"bert.encoder.layer.{i}.{part}"
            lora[name + ".lora_A"] = tensor(name + ".lora_A", RANK, FFN if part == "output.dense" else WIDTH).requires_grad_()
            lora[name + ".lora_B"] = tensor(name + ".lora_B", WIDTH, RANK).requires_grad_()
    head = {
        "classifier.weight": tensor("classifier.weight", LABELS, WIDTH).requires_grad_(),
        "classifier.bias": tensor("classifier.bias", LABELS).requires_grad_(),
    }
    probabilities = scores(lora, head, pooler).softmax(-1).tolist()
    optimiser = torch.optim.AdamW(
        [
            {"params": [*lora.values(), head["classifier.weight"]], "weight_decay": 0.1},
            {"params": [head["classifier.bias"]], "weight_decay": 0.0},
        ],
        lr=0.01,
    )
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(scores(lora, head, pooler), torch.tensor(TARGETS))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return {"probabilities": probabilities, "losses": losses}


if __name__ == "__main__":
    print(json.dumps({"mean": run(False), "pooler": run(True)}, indent=1))
