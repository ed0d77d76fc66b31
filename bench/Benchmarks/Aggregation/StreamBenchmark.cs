using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Streaming;

namespace EdgeFlora.Benchmarks.Aggregation;

/// <summary>Merging adapters of a LLaMA-2-7B (7 linear maps × 32 layers, rank 16, bf16) from disk: seconds and resident memory.</summary>
internal static class StreamBenchmark
{
    private const int Rank = 16;

    private static readonly (string Name, int Outputs, int Inputs)[] Layer =
    [
        ("self_attn.q_proj", 4096, 4096), ("self_attn.k_proj", 4096, 4096), ("self_attn.v_proj", 4096, 4096), ("self_attn.o_proj", 4096, 4096),
        ("mlp.gate_proj", 11008, 4096), ("mlp.up_proj", 11008, 4096), ("mlp.down_proj", 4096, 11008),
    ];

    /// <summary>Writes the adapters <paramref name="root"/> lacks; run it in a process of its own, for it needs more memory than the merge.</summary>
    public static void Write(string root, int agents, int layers)
    {
        float[] noise = new float[1 << 22];
        SeededRandom random = SeededRandom.For(7, "noise");
        foreach (ref float value in noise.AsSpan())
        {
            value = (float)random.NextGaussian();
        }

        var settings = new LoraSettings { Rank = Rank, Alpha = 2 * Rank, TargetModules = [.. Layer.Select(l => l.Name.Split('.')[1])] };
        for (int u = 0; u < agents; u++)
        {
            string folder = Path.Combine(root, $"agent-{u:D3}");
            float size = (float)Math.Exp(0.5 * SeededRandom.For(7, "size", u).NextGaussian());
            if (!Directory.Exists(folder))
            {
                PeftFolder.Write(folder, new LoraAdapter(settings, Modules(u, size, layers, noise)), "llama-2-7b", "CAUSAL_LM", TensorType.BF16);
            }
        }
    }

    public static void Merge(TextWriter output, string root, string strategy)
    {
        string[] folders = [.. Directory.GetDirectories(root, "agent-*").Order(StringComparer.Ordinal)];
        long start = Stopwatch.GetTimestamp();
        MergeResult merged = AdapterMerge.Merge(new MergeRequest { Folders = folders, Options = new AggregationOptions { Strategy = strategy, ClipFactor = 0, CompareFloraNa = false } });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{folders.Length} adapters, {merged.Modules.Count} modules, {strategy}: {seconds:F1} s, peak {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB; error {merged.Divergence.Used:F4}, FedIT {merged.Divergence.FedIt:F4}, bound {merged.Divergence.Bound:F4}."));
    }

    // Values come from one table of noise at places that differ by agent and module: four billion draws would take longer than the merge.
    private static IEnumerable<KeyValuePair<string, LoraFactors>> Modules(int agent, float size, int layers, float[] noise)
    {
        int index = 0;
        for (int layer = 0; layer < layers; layer++)
        {
            foreach ((string name, int outputs, int inputs) in Layer)
            {
                index++;
                int shared = index * 7919 % 1_000_000;
                int own = (int)(((long)agent * 104_729) + (index * 15_485_863L)) & ((1 << 21) - 1);
                yield return KeyValuePair.Create($"model.layers.{layer}.{name}", new LoraFactors(
                    Filled(Rank, inputs, noise, shared, own, 1 / MathF.Sqrt(3 * inputs), size * 0.1f / MathF.Sqrt(inputs)),
                    Filled(outputs, Rank, noise, shared + 1000, own + 500, size * 0.02f, size * 0.02f)));
            }
        }
    }

    private static Matrix Filled(int rows, int columns, float[] noise, int shared, int own, float sharedScale, float ownScale)
    {
        var matrix = new Matrix(rows, columns);
        for (int i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = (sharedScale * noise[shared + i]) + (ownScale * noise[own + i]);
        }

        return matrix;
    }
}
