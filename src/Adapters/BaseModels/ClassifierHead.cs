using EdgeFlora.Adapters.Initialization;

namespace EdgeFlora.Adapters.BaseModels;

/// <summary>The tensors of a classification head as a family publishes them, trained in full and saved beside the adapter.</summary>
public sealed class ClassifierHead
{
    private readonly IReadOnlyList<HeadLayer> layers;
    private readonly double deviation;

    /// <param name="width">Of a token vector, and of every layer but the last.</param>
    /// <param name="labels">Number of classes; ≥ 1.</param>
    /// <param name="deviation">Standard deviation of the weights of every layer but the last.</param>
    internal ClassifierHead(IReadOnlyList<HeadLayer> layers, int width, int labels, double deviation)
    {
        this.layers = layers;
        this.deviation = deviation;
        Modules = [.. layers.Select(layer => layer.Module).Distinct(StringComparer.Ordinal)];
        Tensors = [.. layers.SelectMany((layer, i) => Shapes(layer, i == layers.Count - 1 ? labels : width, width))];
    }

    /// <summary>The modules that hold the tensors, for PEFT's <c>modules_to_save</c>: <c>classifier</c>, <c>score</c>.</summary>
    public IReadOnlyList<string> Modules { get; }

    /// <summary>E.g. <c>classifier.weight</c> [labels × hidden] and <c>classifier.bias</c> [labels].</summary>
    public IReadOnlyList<TensorShape> Tensors { get; }

    /// <summary>Gives every layer but the last its random weights: <see cref="HeadInitialization"/>.</summary>
    /// <param name="adapter">One that saves the head's tensors, all zero.</param>
    public void Initialize(LoraAdapter adapter, ulong seed) =>
        HeadInitialization.Draw(adapter, layers.SkipLast(1).Select(layer => $"{layer.Name}.weight"), deviation, seed);

    private static IEnumerable<TensorShape> Shapes(HeadLayer layer, int outputs, int inputs)
    {
        yield return new TensorShape($"{layer.Name}.weight", [outputs, inputs]);
        if (layer.Bias)
        {
            yield return new TensorShape($"{layer.Name}.bias", [outputs]);
        }
    }
}
