using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>Which linear layers of a model an adapter is put on.</summary>
public static class AdapterTargets
{
    /// <summary>What LoRA is usually put on, family by family: the projections of queries and values.</summary>
    private static readonly string[][] Usual =
    [
        ["query", "value"], // BERT, RoBERTa
        ["q_lin", "v_lin"], // DistilBERT
        ["q_proj", "v_proj"], // Llama and its relatives
        ["c_attn"], // GPT-2: query, key and value in one
        ["qkv"], // encoders with query, key and value in one
    ];

    /// <summary>The usual targets of the model's family.</summary>
    /// <exception cref="ArgumentException">The model's layers have none of the usual names; the message lists those they have.</exception>
    public static IReadOnlyList<string> Default(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return Usual.FirstOrDefault(targets => targets.All(target => layout.Linears.Any(layer => ModuleNames.IsTarget(layer.Name, target))))
            ?? throw new ArgumentException($"The model's attention has none of the usual names; choose targets among {Known(layout)}.", nameof(layout));
    }

    /// <summary>The layers meant by <paramref name="targets"/>, each of which must mean at least one.</summary>
    /// <exception cref="ArgumentException">A target means no linear layer; the message names it and those that there are.</exception>
    public static IReadOnlyList<LinearLayer> Find(ModelLayout layout, IReadOnlyList<string> targets)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(targets);
        string? idle = targets.FirstOrDefault(target => !layout.Linears.Any(layer => ModuleNames.IsTarget(layer.Name, target)));
        return idle is null
            ? [.. layout.Linears.Where(layer => targets.Any(target => ModuleNames.IsTarget(layer.Name, target)))]
            : throw new ArgumentException($"The target '{idle}' means no linear layer of the model; there are {Known(layout)}.", nameof(targets));
    }

    private static string Known(ModelLayout layout) => string.Join(
        ", ", layout.Linears.Select(layer => layer.Name[(layer.Name.LastIndexOf('.') + 1)..]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(20));
}
