using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>Made-up adapters: a broadcast one and agents that drifted from it.</summary>
internal static class Given
{
    public const string Module = "layer.0.query";

    public static Matrix Gaussian(int rows, int columns, double scale, SeededRandom random)
    {
        var matrix = new Matrix(rows, columns);
        foreach (ref float value in matrix.Values)
        {
            value = (float)(scale * random.NextGaussian());
        }

        return matrix;
    }

    public static LoraFactors Factors(int rank, int inputs, int outputs, ulong seed)
    {
        var random = new SeededRandom(seed);
        return new LoraFactors(Gaussian(rank, inputs, 1 / Math.Sqrt(inputs), random), Gaussian(outputs, rank, 0.1, random));
    }

    public static LoraAdapter Adapter(params (string Name, LoraFactors Factors)[] modules) => new(
        new LoraSettings { Rank = modules[0].Factors.Rank, Alpha = 2 * modules[0].Factors.Rank, TargetModules = ["query"] },
        modules.Select(m => KeyValuePair.Create(m.Name, m.Factors)));

    public static LoraAdapter Single(LoraFactors factors) => Adapter((Module, factors));

    /// <summary>
    /// Agents of table B6: a shared start A₀ (B₀ = 0), a common step times a log-normal size, and a private step <paramref name="drift"/> times as
    /// long.
    /// </summary>
    public static (LoraAdapter Broadcast, Update[] Updates) Round(
        int agents, int rank, int inputs, int outputs, double drift = 1, double spread = 0.5, ulong seed = 1)
    {
        var random = new SeededRandom(seed);
        var start = new LoraFactors(Gaussian(rank, inputs, 1 / Math.Sqrt(3.0 * inputs), random), new Matrix(outputs, rank));
        LoraFactors common = Step(rank, inputs, outputs, random);
        var updates = new Update[agents];
        for (int u = 0; u < agents; u++)
        {
            double size = Math.Exp(spread * random.NextGaussian());
            LoraFactors own = Step(rank, inputs, outputs, random);
            double weight = Math.Round(100 * Math.Exp(0.5 * random.NextGaussian())) + 1;
            updates[u] = new Update($"agent-{u:D4}", weight, Single(new LoraFactors(
                Sum(start.A, size, common.A, drift, own.A),
                Sum(start.B, size, common.B, drift, own.B))));
        }

        return (Single(start), updates);
    }

    /// <summary>Updates that left alone what the strategy freezes in <paramref name="round"/>.</summary>
    public static Update[] Obedient(string strategy, LoraAdapter broadcast, Update[] updates, int round = 1)
    {
        TaskNeeds needs = StrategyRegistry.NeedsOf(strategy, round);
        LoraFactors start = broadcast.Modules[Module];
        return
        [
            .. updates.Select(update =>
            {
                LoraFactors sent = update.Adapter.Modules[Module];
                return update with { Adapter = Single(new LoraFactors(needs.TrainA ? sent.A : start.A, needs.TrainB && !needs.KeepB ? sent.B : start.B)) };
            }),
        ];
    }

    /// <summary>The update with its factors multiplied: A by <paramref name="a"/>, B by <paramref name="b"/>.</summary>
    public static Update Times(Update update, float a, float b) => update with { Adapter = Times(update.Adapter, a, b) };

    public static LoraAdapter Times(LoraAdapter adapter, float a, float b)
    {
        LoraFactors factors = adapter.Modules[Module].Clone();
        TensorPrimitives.Multiply(factors.A.Values, a, factors.A.Values);
        TensorPrimitives.Multiply(factors.B.Values, b, factors.B.Values);
        return Single(factors);
    }

    /// <summary>Both factors moved by <paramref name="size"/> times those of <paramref name="step"/>.</summary>
    public static LoraFactors Sum(LoraFactors start, double size, LoraFactors step) =>
        new(Sum(start.A, size, step.A, 0, step.A), Sum(start.B, size, step.B, 0, step.B));

    public static AggregationOptions Options(string strategy = "FloraNA") =>
        new() { Strategy = strategy, ClipFactor = 0, Threads = 1, Gauge = Gauge.Anchored };

    private static LoraFactors Step(int rank, int inputs, int outputs, SeededRandom random) =>
        new(Gaussian(rank, inputs, 0.1 / Math.Sqrt(inputs), random), Gaussian(outputs, rank, 0.02, random));

    private static Matrix Sum(Matrix start, double size, Matrix common, double drift, Matrix own)
    {
        var sum = new Matrix(start.Rows, start.Columns);
        for (int i = 0; i < sum.Values.Length; i++)
        {
            sum.Values[i] = (float)(start.Values[i] + (size * (common.Values[i] + (drift * own.Values[i]))));
        }

        return sum;
    }
}
