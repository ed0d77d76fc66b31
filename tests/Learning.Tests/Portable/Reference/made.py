"""What the reference scripts share: weights by a formula, so that no file of them is needed, and the form of the result."""
import json

import torch

RANK, SCALE, LABELS = 2, 2.0, 4
TARGETS = [1, 3, 0]
NORMS = ("LayerNorm.weight", "layer_norm.weight", ".ln.weight", "layernorm.weight", ".norm.weight", ".ln_1.weight", ".ln_2.weight", ".ln_f.weight")


def tensor(name, *shape):
    count = int(torch.tensor(shape).prod())
    index = torch.arange(count, dtype=torch.int64)
    values = (index * index * 31 + index * 7919 + sum(name.encode()) * 104729) % 2003 / 2003.0 - 0.5
    if name.endswith(NORMS):
        values = values + 1
    return values.to(torch.float32).double().reshape(shape)


class Trained:
    """Factors of the adapted layers and tensors of the head, made as they are asked for."""

    def __init__(self, adapted):
        self.adapted, self.tensors = adapted, {}

    def __call__(self, name, *shape):
        if name not in self.tensors:
            self.tensors[name] = tensor(name, *shape).requires_grad_()
        return self.tensors[name]

    def weight(self, layer, outputs, inputs):
        """W, or W + scale·B·A of an adapted layer."""
        weight = tensor(layer + ".weight", outputs, inputs)
        if layer in self.adapted:
            weight = weight + SCALE * self(layer + ".lora_B", outputs, RANK) @ self(layer + ".lora_A", RANK, inputs)
        return weight

    def layer(self, layer, outputs, inputs):
        return self.weight(layer, outputs, inputs), tensor(layer + ".bias", outputs)

    def head(self, layer, outputs, inputs):
        return self(layer + ".weight", outputs, inputs), self(layer + ".bias", outputs)


def numbers(values):
    return [float(f"{value:.9g}") for value in values.detach().flatten().tolist()]


def report(scores, trained):
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(TARGETS))
    loss.backward()
    gradients = {name: numbers(value.grad) for name, value in sorted(trained.tensors.items())}
    print(json.dumps({"logits": numbers(scores), "loss": loss.item(), "gradients": gradients}, indent=0, sort_keys=True).replace(",\n", ", "))
