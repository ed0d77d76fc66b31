using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Adapting;

/// <summary>Whether an adapter belongs to a model.</summary>
internal static class AdapterFit
{
    /// <param name="parameters">All tensors of model and head by name.</param>
    /// <param name="head">Those of the head.</param>
    /// <exception cref="ArgumentException">A module or tensor of the adapter is missing in the model, differs in shape or holds numbers that are not finite; or the adapter lacks a tensor of the head.</exception>
    public static void Check(LoraAdapter adapter, ModelLayout layout, Dictionary<string, Parameter> parameters, IReadOnlyList<Parameter> head)
    {
        Dictionary<string, LinearLayer> layers = layout.Linears.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        foreach ((string name, LoraFactors factors) in adapter.Modules)
        {
            if (!layers.TryGetValue(name, out LinearLayer? layer))
            {
                throw new ArgumentException($"The adapter's module {name} is no linear layer of the model.", nameof(adapter));
            }

            if (factors.Inputs != layer.Inputs || factors.Outputs != layer.Outputs || factors.Rank != adapter.Settings.Rank)
            {
                throw new ArgumentException(
                    $"The adapter's module {name} is [{factors.Outputs}×{factors.Rank}]·[{factors.Rank}×{factors.Inputs}]; "
                    + $"the model's layer is [{layer.Outputs}×{layer.Inputs}] and the adapter's rank {adapter.Settings.Rank}.",
                    nameof(adapter));
            }

            if (adapter.Saved.ContainsKey(layer.Weight.Name))
            {
                throw new ArgumentException($"The adapter's module {name} is adapted and saved in full as well; it is one or the other.", nameof(adapter));
            }

            CheckFinite($"{name}.lora_A", factors.A.Values);
            CheckFinite($"{name}.lora_B", factors.B.Values);
        }

        HashSet<string> magnitudes = CheckMagnitudes(adapter);
        foreach ((string name, DenseTensor tensor) in adapter.Saved.Where(saved => !magnitudes.Contains(saved.Key)))
        {
            if (!parameters.TryGetValue(name, out Parameter? parameter))
            {
                throw new ArgumentException($"The adapter's tensor {name} is none of the model's.", nameof(adapter));
            }

            if (!tensor.Shape.SequenceEqual(parameter.Shape))
            {
                throw new ArgumentException(
                    $"The adapter's tensor {name} is [{string.Join('×', tensor.Shape)}]; model and labels make it [{string.Join('×', parameter.Shape)}].", nameof(adapter));
            }

            CheckFinite(name, tensor.Values);
        }

        foreach (Parameter parameter in head)
        {
            if (!adapter.Saved.ContainsKey(parameter.Name))
            {
                throw new ArgumentException($"The adapter lacks {parameter}; an adapter for classification saves the modules of the model's head.", nameof(adapter));
            }
        }
    }

    /// <summary>Names of DoRA's magnitudes, one for each adapted module; none for the other variants.</summary>
    private static HashSet<string> CheckMagnitudes(LoraAdapter adapter)
    {
        var magnitudes = new HashSet<string>(StringComparer.Ordinal);
        if (adapter.Settings.Variant != AdapterVariant.Dora)
        {
            return magnitudes;
        }

        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            string name = module + ModuleNames.MagnitudeSuffix;
            if (!adapter.Saved.TryGetValue(name, out DenseTensor? magnitude) || !magnitude.Shape.SequenceEqual([factors.Outputs]))
            {
                throw new ArgumentException($"The adapter is DoRA, but has no tensor {name} [{factors.Outputs}].", nameof(adapter));
            }

            CheckFinite(name, magnitude.Values);
            magnitudes.Add(name);
        }

        return magnitudes;
    }

    private static void CheckFinite(string name, ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                throw new ArgumentException($"The adapter's tensor {name} holds {value}; weights are finite numbers.", nameof(values));
            }
        }
    }
}
