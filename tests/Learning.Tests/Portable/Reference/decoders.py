"""Writes DECODER.json for each of the tests' small decoders: next-token scores and loss, gradients of the adapter, and the classifier's scores.

Written from the papers and the published layouts, in float64: padded batches and full masks, unlike the packed sequences of the engine.
Run: python3 decoders.py FOLDER (PyTorch 1.13 or later).
"""
import json
import math
import sys

import torch
from torch.nn import functional as F

from made import LABELS, Trained, numbers, tensor

VOCABULARY, LAYERS, FFN = 21, 2, 20
TEXTS = [[0, 5, 13, 17, 8, 9, 20, 7, 11], [0, 9, 4], [0, 6, 14, 6, 14, 10]]
FIRST_TARGETS = [1, 2, 3]


def padded():
    longest = max(map(len, TEXTS))
    return torch.tensor([text + [0] * (longest - len(text)) for text in TEXTS])


def attend(query, key, value, window=None):
    """[batch, heads, tokens, width]; the padding comes last, so that causality hides it."""
    tokens = query.shape[2]
    distance = torch.arange(tokens)[:, None] - torch.arange(tokens)[None, :]
    seen = (distance >= 0) & (distance < (window or tokens))
    scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])
    return scores.masked_fill(~seen, -math.inf).softmax(-1) @ value


def heads(x, count):
    return x.view(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


def merged(x):
    return x.transpose(1, 2).flatten(2)


def yarn(width, theta, factor, original):
    """The ramp of arXiv 2309.00071, section 3.2, with the bounds rounded as in the authors' code."""
    base = theta ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)

    def pair(turns):
        return width * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(theta))

    low, high = max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), width - 1)
    high += 0.001 if low == high else 0
    ramp = ((torch.arange(width // 2) - low) / (high - low)).clamp(0, 1)
    return base / factor * ramp + base * (1 - ramp), 0.1 * math.log(factor) + 1


def llama3(width, theta, factor, low, high, original):
    base = theta ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    scaled = []
    for frequency in base.tolist():
        wavelength = 2 * math.pi / frequency
        if wavelength < original / high:
            scaled.append(frequency)
        elif wavelength > original / low:
            scaled.append(frequency / factor)
        else:
            smooth = (original / wavelength - low) / (high - low)
            scaled.append((1 - smooth) * frequency / factor + smooth * frequency)
    return torch.tensor(scaled, dtype=torch.float64), 1.0


def rotate(x, frequencies, scale, interleaved):
    """Pairs as complex numbers, multiplied by e^(i·position·frequency)."""
    angle = torch.arange(x.shape[2])[:, None] * frequencies[None, :]
    turn = torch.polar(torch.full_like(angle, scale), angle)
    pairs = x.unflatten(-1, (-1, 2)) if interleaved else x.unflatten(-1, (2, -1)).transpose(-1, -2)
    turned = torch.view_as_real(torch.view_as_complex(pairs.contiguous()) * turn)
    return (turned if interleaved else turned.transpose(-1, -2)).flatten(-2)


class Gpt2:
    ADAPTED = ["transformer.h.0.attn.c_attn", "transformer.h.1.attn.c_proj", "transformer.h.1.mlp.c_fc", "transformer.h.1.mlp.c_proj"]
    WIDTH, HEADS, POSITIONS = 16, 2, 12

    def __init__(self):
        self.trained = Trained(self.ADAPTED)

    def conv(self, x, name, outputs, inputs):
        """GPT-2's files hold such weights as [inputs, outputs]."""
        weight = tensor(name + ".weight", inputs, outputs).T
        if name in self.ADAPTED:
            weight = weight + 2.0 * self.trained(name + ".lora_B", outputs, 2) @ self.trained(name + ".lora_A", 2, inputs)
        return F.linear(x, weight, tensor(name + ".bias", outputs))

    def norm(self, x, name):
        return F.layer_norm(x, [self.WIDTH], tensor(name + ".weight", self.WIDTH), tensor(name + ".bias", self.WIDTH), 1e-5)

    def encode(self):
        ids, width = padded(), self.WIDTH
        self.words = tensor("transformer.wte.weight", VOCABULARY, width)
        hidden = self.words[ids] + tensor("transformer.wpe.weight", self.POSITIONS, width)[: ids.shape[1]]
        for i in range(LAYERS):
            name = f"transformer.h.{i}."
            fused = self.conv(self.norm(hidden, name + "ln_1"), name + "attn.c_attn", 3 * width, width)
            query, key, value = (heads(part, self.HEADS) for part in fused.split(width, dim=2))
            hidden = hidden + self.conv(merged(attend(query, key, value)), name + "attn.c_proj", width, width)
            inner = F.gelu(self.conv(self.norm(hidden, name + "ln_2"), name + "mlp.c_fc", FFN, width), approximate="tanh")
            hidden = hidden + self.conv(inner, name + "mlp.c_proj", width, FFN)
        return self.norm(hidden, "transformer.ln_f")

    def output(self):
        return self.words


class Llama:
    WIDTH = 16

    def __init__(self, adapted, count, key_heads, width, rotary, interleaved=False, bias=False, output_bias=False, mlp_bias=False, tied=False, window=None):
        self.trained = Trained(adapted)
        self.count, self.key_heads, self.width, self.rotary, self.interleaved = count, key_heads, width, rotary, interleaved
        self.bias, self.output_bias, self.mlp_bias, self.tied, self.window = bias, output_bias, mlp_bias, tied, window

    def linear(self, x, name, outputs, bias):
        weight = self.trained.weight(name, outputs, x.shape[-1])
        return F.linear(x, weight, tensor(name + ".bias", outputs) if bias else None)

    def norm(self, x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * tensor(name + ".weight", self.WIDTH)

    def encode(self):
        ids = padded()
        self.words = tensor("model.embed_tokens.weight", VOCABULARY, self.WIDTH)
        hidden = self.words[ids]
        share = self.count // self.key_heads
        for i in range(LAYERS):
            name = f"model.layers.{i}."
            normal = self.norm(hidden, name + "input_layernorm")
            query = heads(self.linear(normal, name + "self_attn.q_proj", self.count * self.width, self.bias), self.count)
            key = heads(self.linear(normal, name + "self_attn.k_proj", self.key_heads * self.width, self.bias), self.key_heads)
            value = heads(self.linear(normal, name + "self_attn.v_proj", self.key_heads * self.width, self.bias), self.key_heads)
            query, key = (rotate(x, *self.rotary, self.interleaved) for x in (query, key))
            context = attend(query, key.repeat_interleave(share, 1), value.repeat_interleave(share, 1), self.window)
            hidden = hidden + self.linear(merged(context), name + "self_attn.o_proj", self.WIDTH, self.output_bias)
            normal = self.norm(hidden, name + "post_attention_layernorm")
            gate = F.silu(self.linear(normal, name + "mlp.gate_proj", FFN, self.mlp_bias))
            hidden = hidden + self.linear(gate * self.linear(normal, name + "mlp.up_proj", FFN, self.mlp_bias), name + "mlp.down_proj", self.WIDTH, self.mlp_bias)
        return self.norm(hidden, "model.norm")

    def output(self):
        return self.words if self.tied else tensor("lm_head.weight", VOCABULARY, self.WIDTH)


def plain(width, theta):
    return theta ** (-torch.arange(0, width, 2, dtype=torch.float64) / width), 1.0


def attention(layer, *parts):
    return [f"model.layers.{layer}.self_attn.{part}_proj" for part in parts]


MODELS = {
    "gpt2": Gpt2(),
    "llama": Llama(attention(0, "q", "k") + ["model.layers.1.mlp.down_proj"], 4, 2, 4, plain(4, 100.0), bias=True, output_bias=True, mlp_bias=True),
    "llama-interleaved": Llama(attention(0, "k", "v", "o") + ["model.layers.1.mlp.gate_proj"], 4, 2, 4, plain(4, 100.0), interleaved=True, tied=True),
    "qwen2": Llama(attention(0, "q") + ["model.layers.0.mlp.up_proj"], 2, 1, 8, yarn(8, 100.0, 4.0, 4), bias=True, tied=True),
    "mistral": Llama(attention(0, "q", "v") + attention(1, "k"), 3, 1, 12, llama3(12, 100.0, 4.0, 1.0, 4.0, 8), window=3),
}

for name, model in MODELS.items():
    hidden = model.encode()
    logits = hidden @ model.output().T
    rows = [(s, t) for s, text in enumerate(TEXTS) for t in range(FIRST_TARGETS[s] - 1, len(text) - 1)]
    scores = torch.stack([logits[s, t] for s, t in rows])
    loss = F.cross_entropy(scores, torch.tensor([TEXTS[s][t + 1] for s, t in rows]))
    loss.backward()
    last = torch.stack([hidden[s, len(text) - 1] for s, text in enumerate(TEXTS)])
    result = {
        "logits": numbers(scores),
        "loss": loss.item(),
        "gradients": {tensor_name: numbers(value.grad) for tensor_name, value in sorted(model.trained.tensors.items())},
        "classes": numbers(last @ tensor("score.weight", LABELS, last.shape[-1]).T),
    }
    with open(f"{sys.argv[1]}/{name}.json", "w") as file:
        file.write(json.dumps(result, indent=0, sort_keys=True).replace(",\n", ", ") + "\n")
