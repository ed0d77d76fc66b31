using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Shapes;

/// <summary>
/// Which parameters of a model are trained, and which layers are adapted: what the memory of activations depends on beside their shapes.
/// </summary>
/// <param name="AdapterOf">Rank and variant of a layer's adapter; null where it has none.</param>
internal sealed record TrainedShape(Func<Parameter, bool> IsTrained, Func<LinearLayer, (int Rank, AdapterVariant Variant)?> AdapterOf)
{
    public static TrainedShape Of(Weights weights) =>
        new(parameter => weights[parameter].Trained, layer => weights.AdapterOf(layer) is { } lora ? (lora.Rank, lora.Variant) : null);
}
