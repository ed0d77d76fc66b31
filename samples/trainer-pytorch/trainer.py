#!/usr/bin/env python3
"""Reference trainer for EdgeFlora's engine: command (docs/trainer-contract.md). Needs PyTorch, nothing else.

Trains LoRA, rsLoRA and the head of a BERT classifier: the bert family of base models. Other tasks end with exit code 69.
"""
import json, math, os, pathlib, shutil, signal, struct, sys, threading
import torch
import torch.nn.functional as F

UNAVAILABLE = 69
TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
PREFIX = "base_model.model."

folder = pathlib.Path(sys.argv[-1])
task = json.loads((folder / "task.json").read_text())
stopping = False


def main():
    require(task["contract"] in (1, 2, 3), f"contract {task['contract']} is not known")
    require(task["task"] == "classification", "it trains classifiers only")
    require(task["adapter"]["variant"] in ("lora", "rslora"), f"it knows no {task['adapter']['variant']}")
    require("baseDelta" not in task["model"], "it folds nothing into the base model")
    signal.signal(signal.SIGTERM, lambda *_: globals().update(stopping=True))
    threading.Thread(target=end_with_agent, daemon=True).start()
    torch.manual_seed(0)
    torch.set_num_threads(task["threads"])
    model_folder = pathlib.Path(task["model"]["folder"])
    config = json.loads((model_folder / "config.json").read_text())
    require(config.get("model_type") == "bert" and config.get("hidden_act", "gelu") == "gelu", "it knows the bert family only")
    base = read_tensors(model_folder / "model.safetensors")
    adapter = read_tensors(folder / "adapter" / "adapter_model.safetensors")
    frozen = [f"{PREFIX}{m}.lora_{f}.weight" for f in "AB" for m in task["adapter"][f"frozen{f}"]]
    for name, tensor in adapter.items():
        tensor.requires_grad_(name not in frozen)
    train, held_out = read_lines("train.jsonl"), read_lines("heldout.jsonl")
    metrics = {"steps": 0, "before": measure(config, base, adapter, held_out, first=True)}
    if task["kind"] == "train":
        fit(config, base, adapter, train)
        metrics |= {"steps": task["training"]["steps"], "after": measure(config, base, adapter, held_out)}
        (folder / "result").mkdir(exist_ok=True)
        shutil.copy(folder / "adapter" / "adapter_config.json", folder / "result")
        write_tensors(folder / "result" / "adapter_model.safetensors", adapter)
    (folder / "metrics.json").write_text(json.dumps({k: v for k, v in metrics.items() if v is not None}))


def fit(config, base, adapter, rows):
    plan = task["training"]
    trained = {name: tensor for name, tensor in adapter.items() if tensor.requires_grad}
    groups = [{"params": [t for t in trained.values() if (t.dim() > 1) == decays], "weight_decay": plan["weightDecay"] * decays} for decays in (True, False)]
    groups = [group for group in groups if group["params"]]
    sgd = plan["optimizer"] == "sgd"
    optimiser = (torch.optim.SGD(groups, lr=1, momentum=plan["momentum"], nesterov=plan["nesterov"]) if sgd else torch.optim.AdamW(groups, lr=1))
    offsets = label_offsets(rows, plan["logitAdjustment"])
    batches = read_lines("batches.jsonl")
    proximal, began = plan.get("proximal", 0), {name: tensor.detach().clone() for name, tensor in trained.items()}
    correction = read_tensors(folder / "correction" / "adapter_model.safetensors") if plan.get("correction") else {}
    rates = sum(rate(step, plan) for step in range(plan["steps"]))
    done = restore(trained, optimiser)
    for step in range(done, plan["steps"]):
        loss = 0.0
        optimiser.zero_grad()
        batch = [rows[i] for i in batches[step]]
        for part in range(0, len(batch), plan["batchSize"]):
            piece = batch[part:part + plan["batchSize"]]
            scores = forward(config, base, adapter, piece) + offsets
            share = F.cross_entropy(scores, labels_of(piece), reduction="sum") / len(batch)
            share.backward()
            loss += share.item()
        if proximal > 0:
            for name, tensor in trained.items():
                tensor.grad.add_(tensor.detach() - began[name], alpha=proximal)
        if plan["clipNorm"] > 0:
            norm = torch.sqrt(sum((t.grad.double() ** 2).sum() for t in trained.values()))
            if norm > plan["clipNorm"]:
                for t in trained.values():
                    t.grad.mul_(plan["clipNorm"] / norm)
        for group in optimiser.param_groups:
            group["lr"] = rate(step, plan)
        optimiser.step()
        with torch.no_grad():
            for name in trained.keys() & correction.keys():
                trained[name].sub_(correction[name], alpha=rate(step, plan) / rates)
        report(step=step + 1, loss=loss, tokens=sum(len(row["tokens"]) for row in batch))
        if stopping or (plan["checkpointEverySteps"] > 0 and (step + 1) % plan["checkpointEverySteps"] == 0):
            save(step + 1, trained, optimiser)
        if stopping:
            sys.exit(143)


def forward(config, base, adapter, rows):
    """Scores [rows × labels]: BERT's encoder, then its pooler, or the mean over all tokens where it has none."""
    length = max(len(row["tokens"]) for row in rows)
    ids = torch.tensor([row["tokens"] + [0] * (length - len(row["tokens"])) for row in rows])
    segments = torch.tensor([[int(i >= row["secondSegment"]) for i in range(length)] for row in rows])
    mask = torch.arange(length)[None, :] < torch.tensor([len(row["tokens"]) for row in rows])[:, None]
    heads, width, eps = config["num_attention_heads"], config["hidden_size"], config.get("layer_norm_eps", 1e-12)
    scale = task["adapter"]["alpha"] / (math.sqrt(task["adapter"]["rank"]) if task["adapter"]["variant"] == "rslora" else task["adapter"]["rank"])

    def linear(x, name):
        y = F.linear(x, base[f"{name}.weight"], base[f"{name}.bias"])
        a = adapter.get(f"{PREFIX}{name}.lora_A.weight")
        return y if a is None else y + scale * F.linear(F.linear(x, a), adapter[f"{PREFIX}{name}.lora_B.weight"])

    def norm(x, name):
        return F.layer_norm(x, (width,), base[f"{name}.weight"], base[f"{name}.bias"], eps)

    e = "bert.embeddings."
    x = base[e + "word_embeddings.weight"][ids] + base[e + "position_embeddings.weight"][:length] + base[e + "token_type_embeddings.weight"][segments]
    x = norm(x, e + "LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        at = f"bert.encoder.layer.{layer}."
        q, k, v = (linear(x, f"{at}attention.self.{part}").view(len(rows), length, heads, -1).transpose(1, 2) for part in ("query", "key", "value"))
        scores = (q @ k.transpose(-1, -2)) / math.sqrt(width // heads)
        mixed = scores.masked_fill(~mask[:, None, None, :], float("-inf")).softmax(-1) @ v
        mixed = mixed.transpose(1, 2).reshape(len(rows), length, width)
        x = norm(x + linear(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        x = norm(x + linear(F.gelu(linear(x, at + "intermediate.dense")), at + "output.dense"), at + "output.LayerNorm")
    if "bert.pooler.dense.weight" in base:
        pooled = torch.tanh(linear(x[:, 0], "bert.pooler.dense"))
    else:
        pooled = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    return F.linear(pooled, adapter[PREFIX + "classifier.weight"], adapter[PREFIX + "classifier.bias"])


def measure(config, base, adapter, rows, first=False):
    if not rows:
        return None
    scores = []
    with torch.no_grad():
        for at in range(0, len(rows), 64):
            scores.append(forward(config, base, adapter, rows[at:at + 64]))
            report(phase="evaluating")
    scores, labels = torch.cat(scores), labels_of(rows)
    said = scores.argmax(1)
    f1 = []
    for c in range(len(task["labels"])):
        total = (said == c).sum().item() + (labels == c).sum().item()
        if total:
            f1.append(2 * ((said == c) & (labels == c)).sum().item() / total)
    return {"loss": F.cross_entropy(scores, labels).item(), "accuracy": (said == labels).float().mean().item(), "macroF1": sum(f1) / len(f1)}


def rate(step, plan):
    warmup = math.ceil(plan["warmupFraction"] * plan["steps"])
    if step < warmup:
        return plan["learningRate"] * (step + 1) / warmup
    left = (plan["steps"] - step) / max(1, plan["steps"] - warmup)
    shape = {"constant": 1, "linear": left, "cosine": 0.5 * (1 - math.cos(math.pi * left))}
    return plan["learningRate"] * shape[plan["schedule"]]


def label_offsets(rows, strength):
    counts = torch.bincount(labels_of(rows), minlength=len(task["labels"])).double()
    return (strength * torch.log(counts / len(rows))).float() if strength > 0 else torch.zeros(len(task["labels"]))


def labels_of(rows):
    return torch.tensor([row["label"] for row in rows])


def save(step, trained, optimiser):
    new, place = folder / "checkpoint.new", folder / "checkpoint"
    new.mkdir(exist_ok=True)
    torch.save({"step": step, "trained": trained, "optimiser": optimiser.state_dict()}, new / "state.pt")
    place.mkdir(exist_ok=True)
    os.replace(new / "state.pt", place / "state.pt")


def restore(trained, optimiser):
    file = folder / "checkpoint" / "state.pt"
    if not file.exists():
        return 0
    state = torch.load(file)
    with torch.no_grad():
        for name, tensor in trained.items():
            tensor.copy_(state["trained"][name])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"]


def read_tensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        start, end = (8 + length + offset for offset in info["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[start:end]), dtype=TYPES[info["dtype"]]).reshape(info["shape"]).float()
    return tensors


def write_tensors(path, tensors):
    header, parts, at = {}, [], 0
    for name, tensor in tensors.items():
        parts.append(tensor.detach().contiguous().numpy().tobytes())
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(parts[-1])]}
        at += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def read_lines(name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def report(**line):
    with open(folder / "progress.jsonl", "a") as progress:
        progress.write(json.dumps(line) + "\n")


def end_with_agent():
    while os.read(0, 4096):
        pass
    os._exit(1)


def require(met, why):
    if not met:
        print(why, file=sys.stderr)
        sys.exit(UNAVAILABLE)


main()
