using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests;

/// <summary>Small adapters with seeded values for every variant.</summary>
internal static class SampleAdapter
{
    public static LoraSettings Settings(AdapterVariant variant = AdapterVariant.Lora, int rank = 4, double alpha = 8) => new()
    {
        Rank = rank,
        Alpha = alpha,
        Variant = variant,
        TargetModules = ["query", "value"],
        ModulesToSave = ["classifier"],
    };

    /// <summary>Two modules [48×32] and [20×32] and a head; with DoRA also magnitudes. Values are uniform in ±<paramref name="scale"/>.</summary>
    public static LoraAdapter Create(int seed, AdapterVariant variant = AdapterVariant.Lora, float scale = 0.1f, double alpha = 8)
    {
        var random = new Random(seed);
        LoraSettings settings = Settings(variant, alpha: alpha);
        var modules = new Dictionary<string, LoraFactors>
        {
            ["bert.layer.0.self.value"] = Factors(random, settings.Rank, 32, 20, scale),
            ["bert.layer.0.self.query"] = Factors(random, settings.Rank, 32, 48, scale),
        };
        var saved = new Dictionary<string, DenseTensor>
        {
            ["classifier.weight"] = new([3, 32], Values(random, 96, scale)),
            ["classifier.bias"] = new([3], Values(random, 3, scale)),
        };
        if (variant == AdapterVariant.Dora)
        {
            foreach ((string module, LoraFactors factors) in modules)
            {
                saved[module + ModuleNames.MagnitudeSuffix] = new([factors.Outputs], Values(random, factors.Outputs, scale));
            }
        }

        return new LoraAdapter(settings, modules, saved);
    }

    /// <summary>All values under their tensors' names, to compare or to change.</summary>
    public static IEnumerable<(string Name, Memory<float> Values)> Tensors(LoraAdapter adapter) =>
        adapter.Modules.SelectMany(m => new[] { (m.Key + "/A", m.Value.A.Memory), (m.Key + "/B", m.Value.B.Memory) })
            .Concat(adapter.Saved.Select(s => (s.Key, s.Value.Values.AsMemory())));

    public static void AssertSameBits(LoraAdapter expected, LoraAdapter actual)
    {
        Assert.Equal(
            Tensors(expected).Select(t => (t.Name, Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(t.Values.Span)))),
            Tensors(actual).Select(t => (t.Name, Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(t.Values.Span)))));
    }

    private static LoraFactors Factors(Random random, int rank, int inputs, int outputs, float scale) => new(
        new Matrix(rank, inputs, Values(random, rank * inputs, scale)),
        new Matrix(outputs, rank, Values(random, outputs * rank, scale)));

    private static float[] Values(Random random, int count, float scale) =>
        [.. Enumerable.Range(0, count).Select(_ => scale * ((2 * random.NextSingle()) - 1))];

    /// <summary>One module of rank 1 and one tensor, small enough to write its bytes down.</summary>
    public static LoraAdapter Tiny() => new(
        new LoraSettings { Rank = 1, Alpha = 2, Variant = AdapterVariant.RsLora, TargetModules = ["v", "q"], ModulesToSave = ["c"] },
        [KeyValuePair.Create("q", new LoraFactors(new Matrix(1, 2, [127f, -1.5f]), new Matrix(1, 1, [0f])))],
        [KeyValuePair.Create("c.b", new DenseTensor([2], [-7f, 2.5f]))]);
}
