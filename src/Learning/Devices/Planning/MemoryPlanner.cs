using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable.Shapes;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Devices.Planning;

/// <summary>
/// Finds the savings with which the portable engine trains within a memory, and takes those that cost least: first the batch in smaller parts, then
/// layers computed twice, then weights in fewer bits. What a run asks for, rank and layers, is not changed; what would fit of it is proposed.
/// </summary>
public static class MemoryPlanner
{
    // Beside training itself: the published adapter, where training begins, the result, its difference, error feedback, the body, and a checkpoint.
    private const int Copies = 8;

    // Tokens, what the collector has not yet taken back, and code that is compiled once more when it has run for a while: up to 9 MB were seen
    // beyond what
    // a process took when it was measured.
    private const long Passing = 10 << 20;

    /// <summary>Savings in the order in which they are tried, each at every storage of the weights.</summary>
    private static readonly MemorySavings[] Ladder =
    [
        MemorySavings.None,
        new() { ShardTokens = 256 },
        new() { ShardTokens = 128 },
        new() { ShardTokens = 64 },
        new() { Recompute = true },
        new() { ShardTokens = 256, Recompute = true },
        new() { ShardTokens = 128, Recompute = true },
        new() { ShardTokens = 64, Recompute = true },
    ];

    /// <summary>Storages that round, from the one that changes least.</summary>
    private static readonly WeightStorage[] Rounding = [WeightStorage.Bf16, WeightStorage.EightBit, WeightStorage.FourBit];

    /// <summary>Whether an engine trains as is planned here, in this process or in one of its own.</summary>
    public static bool Covers(IEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.Name == "portable";
    }

    /// <summary>The memory of a training with some savings.</summary>
    /// <param name="process">Bytes that the process takes beside training and base weights.</param>
    /// <exception cref="ArgumentException">A language model is asked of a network that predicts no tokens.</exception>
    public static MemoryPlan Plan(TrainingShape shape, MemorySavings savings, long process)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(savings);
        return Plan(shape, savings, process, shape.Adapted);
    }

    /// <param name="room">Bytes that the process may take in all.</param>
    /// <param name="rounds">Whether base weights may be rounded.</param>
    /// <inheritdoc cref="Plan(TrainingShape, MemorySavings, long)"/>
    public static MemoryChoice Choose(TrainingShape shape, long process, long room, bool rounds)
    {
        ArgumentNullException.ThrowIfNull(shape);
        IReadOnlyList<LinearLayer> adapted = shape.Adapted;
        MemoryPlan? least = null;
        foreach (MemorySavings savings in Candidates(shape.Model, rounds))
        {
            MemoryPlan plan = Plan(shape, savings, process, adapted);
            if (plan.TotalBytes <= room)
            {
                return new MemoryChoice(plan, plan, null, null);
            }

            least = least is null || plan.TotalBytes < least.TotalBytes ? plan : least;
        }

        MemorySavings most = least!.Savings;
        bool Fits(int rank, IReadOnlyList<LinearLayer> layers) => Plan(shape with { Rank = rank }, most, process, layers).TotalBytes <= room;
        int? rank = Last(shape.Rank - 1, fitting => Fits(fitting, adapted));
        int?[] blocks = [.. adapted.Select(layer => Block(layer.Name)).Distinct()];
        int? top = Last(blocks.Length - 1, count =>
        {
            HashSet<int?> last = [.. blocks.TakeLast(count)];
            return Fits(shape.Rank, [.. adapted.Where(layer => last.Contains(Block(layer.Name)))]);
        });
        return new MemoryChoice(null, least, rank, top is { } kept ? (kept, blocks.Length) : null);
    }

    /// <summary>Every choice of savings, the cheapest first.</summary>
    private static IEnumerable<MemorySavings> Candidates(BaseModel model, bool rounds)
    {
        long held = model.WeightBytes;
        IEnumerable<WeightStorage?> storages = [null, .. rounds && model.Storage == WeightStorage.Mapped ? Smaller() : []];
        return storages.SelectMany(storage => Ladder.Select(savings => savings with { Storage = storage }));

        // Bfloat16 of a model that is held in it already saves nothing.
        IEnumerable<WeightStorage?> Smaller() => Rounding.Where(storage => Weights(model, storage) < held).Select(storage => (WeightStorage?)storage);
    }

    private static MemoryPlan Plan(TrainingShape shape, MemorySavings savings, long process, IReadOnlyList<LinearLayer> adapted)
    {
        BaseModel model = shape.Model;
        TrainingPlan training = shape.Plan with { Savings = savings };
        IClassificationHead? head = shape.Labels is { } labels ? model.Network.Head(labels) : null;
        var layers = adapted.ToHashSet();
        HashSet<Parameter> ofHead = [.. head?.Layout.Parameters ?? []];
        var trained = new TrainedShape(ofHead.Contains, layer => layers.Contains(layer) ? (shape.Rank, shape.Variant) : null);
        long values = ofHead.Sum(parameter => (long)parameter.Length)
            + adapted.Sum(layer => ((long)shape.Rank * (layer.Inputs + layer.Outputs)) + (shape.Variant == AdapterVariant.Dora ? layer.Outputs : 0));
        int state = (training.Optimiser == OptimiserKind.AdamW ? 2 : 1) + (training.Proximal > 0 ? 1 : 0) + (shape.IsCorrected ? 1 : 0);

        // A folded layer is a copy in single precision, which is rounded with the others where they are.
        long folded = shape.IsFolded ? adapted.Sum(layer => sizeof(float) * (long)layer.Weight.Length) : 0;
        return new MemoryPlan
        {
            Savings = savings,
            Parts = Parts(training, Math.Min(training.MaxTokens, model.Network.MaxTokens)),
            ProcessBytes = process,
            WeightBytes = folded + (savings.Storage is { } storage ? Weights(model, storage) + Largest(model) : model.WeightBytes),
            ActivationBytes = sizeof(float) * training.Threads * ShardMemory.Values(model.Network, head, trained, training),

            // Values, the optimiser's state and where training began once, gradients once for all and once a thread.
            AdapterBytes = sizeof(float) * values * (2 + state + training.Threads + Copies),
            PassingBytes = Passing,
        };
    }

    private static (int Count, int Examples) Parts(TrainingPlan plan, int tokens)
    {
        long all = (long)plan.ExamplesPerStep * tokens;
        int count = (int)Math.Min(plan.ExamplesPerStep, (all + plan.Savings.ShardTokens - 1) / plan.Savings.ShardTokens);
        return (count, (plan.ExamplesPerStep + count - 1) / count);
    }

    /// <summary>Bytes of the model's weights once they are rounded; vectors stay in single precision.</summary>
    private static long Weights(BaseModel model, WeightStorage storage) => model.Network.Layout.Parameters
        .DistinctBy(parameter => model.Weight(parameter), ReferenceEqualityComparer.Instance)
        .Sum(parameter => parameter.Shape.Count == 1 ? sizeof(float) * (long)parameter.Length : storage switch
        {
            WeightStorage.Bf16 => 2L * parameter.Length,
            WeightStorage.EightBit => parameter.Length + (sizeof(float) * (long)parameter.Rows),

            // 36 bytes for 64 values.
            WeightStorage.FourBit => 36L * parameter.Rows * ((parameter.Columns + 63) / 64),
            _ => model.Weight(parameter).Bytes,
        });

    /// <summary>Bytes of the largest weight in the file, which is in memory beside its rounded copy when it is made.</summary>
    private static long Largest(BaseModel model) => model.Network.Layout.Parameters.Max(parameter => model.Weight(parameter).Bytes);

    /// <summary>The number in a layer's name, by which its block is counted; null for a layer outside of blocks.</summary>
    private static int? Block(string name) => name
        .Split('.')
        .Select(part => int.TryParse(part, out int number) ? number : (int?)null)
        .FirstOrDefault(number => number is not null);

    /// <summary>The last of 1 … <paramref name="most"/> that fits, where none fits above one that does not; null if not even 1 does.</summary>
    private static int? Last(int most, Func<int, bool> fits)
    {
        (int fitting, int tooLarge) = (0, most + 1);
        while (tooLarge - fitting > 1)
        {
            int middle = (fitting + tooLarge) / 2;
            (fitting, tooLarge) = fits(middle) ? (middle, tooLarge) : (fitting, middle);
        }

        return fitting > 0 ? fitting : null;
    }
}
