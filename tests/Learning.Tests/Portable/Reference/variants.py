"""Writes variants.json: probabilities and training losses of the tests' small BERT with rsLoRA, DoRA and HiRA under AdamW and SGD, computed with PyTorch.

Run: python3 variants.py > variants.json (PyTorch 1.13 or later). Formulas as in PEFT (DoRA's row lengths are detached), but that HiRA has a scale
here, which PEFT lacks: EdgeFlora multiplies it into B when it writes a folder.
"""
import json
import math

import torch
from torch import nn

from bert import ADAPTED, FFN, LABELS, LAYERS, RANK, SCALE, TARGETS, WIDTH, plain_lora, scores, tensor


def rslora(name, weight, lora):
    return weight + 4 / math.sqrt(RANK) * lora[name + ".lora_B"] @ lora[name + ".lora_A"]


def dora(name, weight, lora):
    adapted = plain_lora(name, weight, lora)
    length = adapted.norm(p=2, dim=1).detach()
    return (lora[name + ".lora_magnitude_vector"] / length).unsqueeze(1) * adapted


def hira(name, weight, lora):
    return weight + weight * (SCALE * lora[name + ".lora_B"] @ lora[name + ".lora_A"])


def adapter(variant):
    lora = {"variant": variant}
    for i in range(LAYERS):
        for part in ADAPTED:
            name = f"bert.encoder.layer.{i}.{part}"
            lora[name + ".lora_A"] = tensor(name + ".lora_A", RANK, FFN if part == "output.dense" else WIDTH).requires_grad_()
            lora[name + ".lora_B"] = tensor(name + ".lora_B", WIDTH, RANK).requires_grad_()
            if variant is dora:
                magnitude = tensor(name + ".lora_magnitude_vector", WIDTH).float() + 1.5
                lora[name + ".lora_magnitude_vector"] = magnitude.double().requires_grad_()
    return lora


def adamw(decaying, exempt):
    groups = [{"params": decaying, "weight_decay": 0.1}, {"params": exempt, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.01)


def sgd(decaying, exempt):
    groups = [{"params": decaying, "weight_decay": 0.1}, {"params": exempt, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=0.02, momentum=0.9, nesterov=True)


def losses(variant, optimiser):
    lora, head = adapter(variant), {
        "classifier.weight": tensor("classifier.weight", LABELS, WIDTH).requires_grad_(),
        "classifier.bias": tensor("classifier.bias", LABELS).requires_grad_(),
    }
    tensors = [value for key, value in lora.items() if key != "variant"]
    probabilities = scores(lora, head, False).softmax(-1).tolist()
    steps = optimiser([t for t in tensors if t.dim() == 2] + [head["classifier.weight"]], [t for t in tensors if t.dim() == 1] + [head["classifier.bias"]])
    values = []
    for _ in range(10):
        steps.zero_grad()
        loss = nn.functional.cross_entropy(scores(lora, head, False), torch.tensor(TARGETS))
        loss.backward()
        steps.step()
        values.append(loss.item())
    return probabilities, values


print(json.dumps({
    name: {"probabilities": losses(variant, adamw)[0], "adamw": losses(variant, adamw)[1], "sgd": losses(variant, sgd)[1]}
    for name, variant in (("rslora", rslora), ("dora", dora), ("hira", hira))
}, indent=1))
