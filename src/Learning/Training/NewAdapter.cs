using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>The adapter that local training begins with; it leaves the base model's output unchanged.</summary>
public static class NewAdapter
{
    /// <summary>A uniform in ±1/√inputs, B zero, DoRA's magnitudes the lengths of the rows of W₀; the head's last layer zero, its others as PyTorch begins them.</summary>
    /// <param name="settings">Rank, α, variant and targets; the modules to save become the head's.</param>
    /// <param name="head">The head that is trained along; null if the task has none.</param>
    /// <param name="seed">Values depend on it and on the names of modules alone.</param>
    /// <exception cref="ArgumentException">A target means no linear layer of the model; the message names it and those that there are.</exception>
    public static LoraAdapter Create(BaseModel model, LoraSettings settings, IClassificationHead? head, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        IReadOnlyList<LinearLayer> layers = AdapterTargets.Find(model.Network.Layout, settings.TargetModules);
        settings = settings with { ModulesToSave = head?.Modules ?? [] };

        // As a plain adapter first, so that factors have the same values whatever the variant.
        var shape = new AdapterShape(
            settings with { Variant = AdapterVariant.Lora },
            layers.Select(layer => new ModuleShape(layer.Name, layer.Outputs, layer.Inputs)),
            (head?.Layout.Parameters ?? []).Select(parameter => new TensorShape(parameter.Name, parameter.Shape)));
        LoraAdapter plain = AdapterInitializer.Create(shape, seed);
        if (head is not null)
        {
            Begin(head, plain, seed);
        }

        IEnumerable<KeyValuePair<string, DenseTensor>> magnitudes = settings.Variant == AdapterVariant.Dora
            ? layers.Select(layer => KeyValuePair.Create(layer.Name + ModuleNames.MagnitudeSuffix, Magnitude(model, layer)))
            : [];
        return new LoraAdapter(settings, plain.Modules, plain.Saved.Concat(magnitudes));
    }

    /// <summary>Uniform in ±1/√inputs for all layers but the last: were they zero too, no gradient would ever reach them.</summary>
    private static void Begin(IClassificationHead head, LoraAdapter adapter, ulong seed)
    {
        foreach (LinearLayer layer in head.Layout.Linears.SkipLast(1))
        {
            var random = SeededRandom.For(seed, "head " + layer.Name);
            float bound = 1 / MathF.Sqrt(layer.Inputs);
            foreach (ref float value in adapter.Saved[layer.Weight.Name].Values.AsSpan())
            {
                value = bound * ((2 * random.NextSingle()) - 1);
            }
        }
    }

    private static DenseTensor Magnitude(BaseModel model, LinearLayer layer)
    {
        ReadOnlySpan<float> weight = model.Weight(layer.Weight).Span;
        float[] lengths = new float[layer.Outputs];
        for (int output = 0; output < lengths.Length; output++)
        {
            lengths[output] = RowLength.Of(weight.Slice(output * layer.Inputs, layer.Inputs));
        }

        return new DenseTensor([layer.Outputs], lengths);
    }
}
