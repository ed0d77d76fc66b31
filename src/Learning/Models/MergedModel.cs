using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Merging;

namespace EdgeFlora.Learning.Models;

/// <summary>A base model with an adapter in its weights, and the way back.</summary>
/// <remarks>
/// Merging makes copies of the adapted weights and leaves the base's alone; subtracting what was added would not give back its bits.
/// </remarks>
public sealed class MergedModel
{
    private MergedModel(BaseModel unmerged, BaseModel merged, LoraAdapter rest)
    {
        Unmerged = unmerged;
        Merged = merged;
        Rest = rest;
    }

    /// <summary>The base as it was before, to the bit.</summary>
    public BaseModel Unmerged { get; }

    /// <summary>The base with the adapter's changes. Its hash is not the base's.</summary>
    public BaseModel Merged { get; }

    /// <summary>What of the adapter is no part of the base: the head.</summary>
    public LoraAdapter Rest { get; }

    /// <param name="threads">Most threads to work at once; the bits are the same for any number.</param>
    /// <exception cref="ArgumentException">The adapter does not fit the model; the message names the module.</exception>
    /// <exception cref="ArithmeticException">A merged weight is not finite.</exception>
    public static MergedModel Of(BaseModel model, LoraAdapter adapter, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        Dictionary<string, LinearLayer> layers = model.Network.Layout.Linears.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        Dictionary<string, Parameter> parameters = model.Network.Layout.Parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        var changed = new Dictionary<Parameter, float[]>();
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            LinearLayer layer = layers.GetValueOrDefault(module)
                ?? throw new ArgumentException($"The adapter's module {module} is no linear layer of the model.", nameof(adapter));
            float[] weight = model.Weight(layer.Weight).ToArray();
            MergedWeight.Apply(adapter.Settings, factors, Magnitude(adapter, module), weight, threads);
            changed[layer.Weight] = weight;
        }

        var rest = new List<KeyValuePair<string, DenseTensor>>();
        foreach ((string name, DenseTensor tensor) in adapter.Saved.Where(
            saved => !saved.Key.EndsWith(ModuleNames.MagnitudeSuffix, StringComparison.Ordinal)))
        {
            if (!parameters.TryGetValue(name, out Parameter? parameter))
            {
                rest.Add(KeyValuePair.Create(name, tensor));
            }
            else
            {
                changed[parameter] = tensor.Shape.SequenceEqual(parameter.Shape)
                    ? tensor.Values
                    : throw new ArgumentException(
                        $"The adapter's tensor {name} is [{string.Join('×', tensor.Shape)}], the model's is {parameter}.", nameof(adapter));
            }
        }

        LoraSettings settings = adapter.Settings with { Variant = AdapterVariant.Lora };
        return new MergedModel(model, model.Replaced(changed, Hash(model, changed)), new LoraAdapter(settings, [], rest));
    }

    private static ReadOnlySpan<float> Magnitude(LoraAdapter adapter, string module) =>
        adapter.Settings.Variant != AdapterVariant.Dora ? default
        : adapter.Saved.TryGetValue(module + ModuleNames.MagnitudeSuffix, out DenseTensor? magnitude) ? magnitude.Values
        : throw new ArgumentException($"The adapter is DoRA, but has no tensor {module}{ModuleNames.MagnitudeSuffix}.", nameof(adapter));

    private static string Hash(BaseModel model, Dictionary<Parameter, float[]> changed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(model.Sha256));
        foreach ((Parameter parameter, float[] values) in changed.OrderBy(change => change.Key.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(parameter.ToString()));
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
