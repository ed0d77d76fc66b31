"""Writes stories260k.json: what the published llama of 260,032 weights makes of a sentence, its ids and the loss of every token, and the text it goes on with.

Written from llama2.c's description in float64; reads its own files (.bin), not the folder that EdgeFlora reads.
Run: python3 stories260k.py MODEL_FOLDER (numpy).
"""
import json
import struct
import sys

import numpy as np

SENTENCE = "First Citizen:\nBefore we proceed any further, hear me speak."
PROMPT, TOKENS = "Once upon a time", 200


def read_weights(path):
    raw = open(path, "rb").read()
    dim, inner, layers, heads, key_heads, words, _ = struct.unpack("7i", raw[:28])
    values, at = np.frombuffer(raw[28:], np.float32).astype(np.float64), 0

    def take(*shape):
        nonlocal at
        at += int(np.prod(shape))
        return values[at - int(np.prod(shape)):at].reshape(shape)

    head = dim // heads
    names = dict(
        words=(words, dim), attention_norm=(layers, dim), q=(layers, dim, dim), k=(layers, key_heads * head, dim), v=(layers, key_heads * head, dim), o=(layers, dim, dim),
        inner_norm=(layers, dim), gate=(layers, inner, dim), down=(layers, dim, inner), up=(layers, inner, dim), norm=(dim,))
    return {name: take(*shape) for name, shape in names.items()}, layers, heads, key_heads, head


def read_pieces(path, count):
    raw, at, pieces = open(path, "rb").read(), 4, []
    for _ in range(count):
        score, length = struct.unpack("fi", raw[at:at + 8])
        pieces.append((raw[at + 8:at + 8 + length], score))
        at += 8 + length
    return pieces


def encode(text, pieces):
    ids = {}
    for i, (piece, _) in enumerate(pieces):
        ids.setdefault(piece, i)
    tokens = [ids[b" "]]
    for character in text:
        data = character.encode()
        tokens += [ids[data]] if data in ids else [byte + 3 for byte in data]
    while True:
        merges = [(-pieces[ids[pair]][1], at, ids[pair]) for at in range(len(tokens) - 1) if (pair := pieces[tokens[at]][0] + pieces[tokens[at + 1]][0]) in ids]
        if not merges:
            return [1] + tokens
        _, at, merged = min(merges)
        tokens[at:at + 2] = [merged]


def piece_bytes(piece):
    return bytes([int(piece[3:5], 16)]) if piece.startswith(b"<0x") else piece


def norm(x, weight):
    return weight * x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)


def scores(tokens, model):
    w, layers, heads, key_heads, head = model
    count = len(tokens)
    angles = np.arange(count)[:, None] / 10000 ** (np.arange(0, head, 2) / head)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]

    def turn(x):
        turned = np.empty_like(x)
        turned[..., ::2] = x[..., ::2] * cos - x[..., 1::2] * sin
        turned[..., 1::2] = x[..., ::2] * sin + x[..., 1::2] * cos
        return turned

    future = np.triu(np.full((count, count), -np.inf), 1)
    x = w["words"][tokens]
    for i in range(layers):
        n = norm(x, w["attention_norm"][i])
        q, k, v = ((n @ w[name][i].T).reshape(count, -1, head) for name in "qkv")
        q, k, v = turn(q), np.repeat(turn(k), heads // key_heads, 1), np.repeat(v, heads // key_heads, 1)
        attention = np.exp(np.einsum("thd,shd->hts", q, k) / np.sqrt(head) + future)
        attention /= attention.sum(-1, keepdims=True)
        x = x + np.einsum("hts,shd->thd", attention, v).reshape(count, -1) @ w["o"][i].T
        n = norm(x, w["inner_norm"][i])
        gate = n @ w["gate"][i].T
        x = x + (gate / (1 + np.exp(-gate)) * (n @ w["up"][i].T)) @ w["down"][i].T
    return norm(x, w["norm"]) @ w["words"].T


def main(folder):
    model = read_weights(f"{folder}/stories260K.bin")
    pieces = read_pieces(f"{folder}/tok512.bin", len(model[0]["words"]))
    ids = encode(SENTENCE, pieces)
    logits = scores(ids[:-1], model)
    losses = np.log(np.exp(logits).sum(-1)) - logits[np.arange(len(ids) - 1), ids[1:]]
    written = encode(PROMPT, pieces)
    given = len(written)
    while len(written) < TOKENS:
        written.append(int(scores(written, model)[-1].argmax()))
    text = b"".join(piece_bytes(pieces[token][0]) for token in written[given:]).decode()
    with open("stories260k.json", "w", encoding="utf-8") as file:
        json.dump({"sentence": SENTENCE, "ids": ids, "losses": [round(float(loss), 9) for loss in losses], "prompt": PROMPT, "tokens": len(written) - given, "text": text}, file, indent=1)


main(sys.argv[1])
