using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Devices.Planning;

/// <summary>What is to be trained, as far as its memory depends on it.</summary>
public sealed record TrainingShape
{
    public required BaseModel Model { get; init; }

    /// <summary>Number of classes; null for a language model.</summary>
    public required int? Labels { get; init; }

    public required int Rank { get; init; }

    public required AdapterVariant Variant { get; init; }

    /// <summary>Endings of the names of adapted layers.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Examples a step, their tokens, optimiser and threads; its savings count for nothing here.</summary>
    public required TrainingPlan Plan { get; init; }

    /// <summary>Whether changes are folded into the base weights, which makes single-precision copies of the adapted ones.</summary>
    public bool IsFolded { get; init; }

    /// <summary>Whether a correction is taken off the steps, which is as large as what is trained.</summary>
    public bool IsCorrected { get; init; }

    /// <summary>Layers with an adapter, in the model's order.</summary>
    internal IReadOnlyList<LinearLayer> Adapted =>
        [.. Model.Network.Layout.Linears.Where(layer => Targets.Any(target => ModuleNames.IsTarget(layer.Name, target)))];
}
