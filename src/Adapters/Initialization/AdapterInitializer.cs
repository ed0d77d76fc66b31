using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Initialization;

/// <summary>The adapter a run begins with: it leaves the base model's output unchanged.</summary>
public static class AdapterInitializer
{
    /// <summary>A uniform in ±1/√inputs, B zero, saved tensors zero; DoRA magnitudes the lengths of the rows of W₀.</summary>
    /// <remarks>
    /// A as in PEFT: <c>kaiming_uniform_(a=√5)</c> has the bound √(6 / ((1 + 5) · inputs)) = 1/√inputs. Values depend on the seed and the module's
    /// name alone, not on which other modules there are.
    /// </remarks>
    /// <param name="shape">
    /// For DoRA its saved tensors hold a magnitude [outputs] for every module, see <see cref="ModuleNames.MagnitudeSuffix"/>.
    /// </param>
    /// <param name="baseWeights">Read for DoRA only, and needed there.</param>
    /// <exception cref="ArgumentException">The adapter is DoRA, and the base weights are missing.</exception>
    /// <exception cref="AdapterFormatException">The adapter is DoRA, and a module's weight is missing in the base or of another shape.</exception>
    public static LoraAdapter Create(AdapterShape shape, ulong seed, SafetensorsSet? baseWeights = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        LoraAdapter adapter = shape.CreateZero();
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            var random = SeededRandom.For(seed, "lora-a " + module);
            float bound = 1 / MathF.Sqrt(factors.Inputs);
            foreach (ref float value in factors.A.Values)
            {
                value = bound * ((2 * random.NextSingle()) - 1);
            }
        }

        if (shape.Settings.Variant == AdapterVariant.Dora)
        {
            if (baseWeights is null)
            {
                throw new ArgumentException(
                    "A DoRA adapter starts from the lengths of the base model's rows, so its weights are needed.", nameof(baseWeights));
            }

            SetMagnitudes(adapter, baseWeights);
        }

        return adapter;
    }

    private static void SetMagnitudes(LoraAdapter adapter, SafetensorsSet baseWeights)
    {
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            string name = module + ".weight";
            if (!adapter.Saved.TryGetValue(module + ModuleNames.MagnitudeSuffix, out DenseTensor? magnitude)
                || !magnitude.Shape.SequenceEqual([factors.Outputs]))
            {
                throw new AdapterFormatException(
                    $"The adapter is DoRA, but module '{module}' has no magnitude [{factors.Outputs}] among its saved tensors.");
            }

            bool transposed = TransposedLayers.Holds(module);
            int[] shape = transposed ? [factors.Inputs, factors.Outputs] : [factors.Outputs, factors.Inputs];
            if (!baseWeights.Tensors.TryGetValue(name, out TensorInfo? weight) || !weight.Shape.SequenceEqual(shape))
            {
                throw new AdapterFormatException($"The base model has no tensor '{name}' [{string.Join('×', shape)}].");
            }

            float[] row = new float[factors.Inputs];
            float[] stored = transposed ? baseWeights.ReadSingles(name) : [];
            for (int output = 0; output < factors.Outputs; output++)
            {
                if (transposed)
                {
                    for (int input = 0; input < row.Length; input++)
                    {
                        row[input] = stored[(input * factors.Outputs) + output];
                    }
                }
                else
                {
                    baseWeights.ReadSingles(name, (long)output * row.Length, row);
                }

                magnitude.Values[output] = RowLength.Of(row);
            }
        }
    }
}
