using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Benchmarks.Aggregation;

/// <summary>One module's aggregation, timed beside plain averaging and beside numpy with OpenBLAS on the same algorithm, same data and same threads.</summary>
internal static class AggregateBenchmark
{
    private const int Turns = 9;
    private const int Rounds = 7;

    public static void Run(TextWriter output, int threads, int size = 4096, int agents = 100, int rank = 16)
    {
        var round = new MadeUpRound(agents, rank, size, drift: 1, spread: 0.5, seed: 1, batch: agents);
        var source = new MemoryFactors(round.InMemory());
        double[] weights = round.Weights;

        var update = new IdealUpdate(source, weights, threads, UnitOf(source, weights, round.Start, threads));
        TruncatedUpdate truncated = null!;
        NearlyAccurateSolution solution = null!;
        var mine = new List<ModuleTimes>();
        var numpy = new List<ModuleTimes>();

        // In turn with numpy: a machine that others share changes its speed from one second to the next.
        for (int i = 0; i < Rounds; i++)
        {
            // Memory is given back as a merge of many modules gives it.
            (double averaging, _) = Median(() => Survey.Of(source, weights, weights, round.Start, threads), old => old.Release(round.Start));
            (double optimal, truncated) = Median(() => Optimal(update, source, weights, round.Start, rank, threads), old => old.Release());
            double energy = truncated.Energy / (update.Unit * update.Unit);
            (double scalars, solution) = Median(() => AlternatingLeastSquares.Solve(new SweptEquations(update, rank), weights, weights, energy, ridge: 1e-8), _ => { });
            mine.Add(new ModuleTimes(averaging, optimal, scalars));
            if (numpy.Count == i && Numpy.Measure(source, weights, solution.HalfSteps, threads, output) is { } other)
            {
                numpy.Add(other);
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"One module {size} × {size}, {agents} agents, rank {rank}, fp32, {threads} threads; {Rounds} times in turn with numpy, each time the median of {Turns}. Medians of these, and in brackets the least and the most:"));
        output.WriteLine();
        output.WriteLine("| | ms | × numpy | numpy, ms |");
        output.WriteLine("|---|--:|--:|--:|");
        Line(output, "plain averaging (FedIT), lengths and angles included", mine, numpy, times => times.Averaging);
        Line(output, "OptimalRank with the energy of the update", mine, numpy, times => times.Optimal);
        Line(output, $"FloraNA, Gram-free, {solution.HalfSteps} half steps", mine, numpy, times => times.FloraNa);
        output.WriteLine();
        double whole = truncated.Energy / (update.Unit * update.Unit);
        double converged = Converged(new SweptEquations(update, rank), solution, whole);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Errors: FloraNA {Math.Sqrt(solution.SquaredError / whole):F5}, after alternating until nothing moves {Math.Sqrt(converged / whole):F5}; OptimalRank {Math.Sqrt(truncated.TailEnergy(rank)):F5}."));
    }

    /// <summary>Many agents that are made as they are read: time, error and resident memory.</summary>
    public static void RunMany(TextWriter output, string strategy, int agents = 10_000, int size = 768, int rank = 8)
    {
        int threads = Environment.ProcessorCount;
        var round = new MadeUpRound(agents, rank, size, drift: 3, spread: 0.5, seed: 2, batch: 16);
        long start = Stopwatch.GetTimestamp();
        UpdateTerm[] terms = [.. round.Weights.Select((weight, i) => new UpdateTerm($"{i}", weight, 1))];
        var options = new AggregationOptions { Strategy = strategy, Threads = threads };
        ModuleReport report = ModuleAggregation.Of("module", round.Start, round, terms, 1, options).Report;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{agents} agents of [{size} × {size}], rank {rank}, made as they are read: {strategy}, {report.Method}, error {report.ErrUsed:F5}, bound {report.ErrBound:F5}, FedIT {report.ErrFedIt:F5}, {seconds:F1} s with the making, peak {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB (all factors would take {(long)agents * rank * 2 * size * 4 >> 20} MiB)."));
    }

    /// <summary>As a merge chooses it: factors of any size are brought near one.</summary>
    private static double UnitOf(MemoryFactors source, double[] weights, LoraFactors start, int threads)
    {
        var survey = Survey.Of(source, weights, weights, start, threads);
        return 1 / (survey.LengthsA.Max() * survey.LengthsB.Max());
    }

    private static TruncatedUpdate Optimal(IdealUpdate update, MemoryFactors source, double[] weights, LoraFactors start, int rank, int threads)
    {
        var means = Survey.Of(source, weights, weights, start, threads);
        TruncatedUpdate result = RandomisedTruncation.Of(update, means.Mean.A, rank, energy: null, new SeededRandom(1), threads, TruncationMethod.Randomised);
        means.Release(start);
        return result;
    }

    /// <summary>The squared error from where the solution is until a whole solution more gains less than 1e-9 of it.</summary>
    private static double Converged(INormalEquations equations, NearlyAccurateSolution solution, double energy)
    {
        for (double before = double.PositiveInfinity; before - solution.SquaredError > 1e-9 * solution.SquaredError;)
        {
            before = solution.SquaredError;
            solution = AlternatingLeastSquares.Solve(equations, solution.P, solution.Q, energy, ridge: 1e-8);
        }

        return solution.SquaredError;
    }

    private static (double Milliseconds, T Result) Median<T>(Func<T> work, Action<T> release)
    {
        T result = work();
        double[] times = new double[Turns];
        for (int i = 0; i < Turns; i++)
        {
            long start = Stopwatch.GetTimestamp();
            release(result);
            result = work();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return (times.Order().ElementAt(Turns / 2), result);
    }

    private static void Line(TextWriter output, string what, List<ModuleTimes> mine, List<ModuleTimes> numpy, Func<ModuleTimes, double> figure) =>
        output.WriteLine($"| {what} | {Spread(mine.Select(figure), "0.0")} | {Spread(mine.Zip(numpy, (a, b) => figure(a) / figure(b)), "0.00")} | {Spread(numpy.Select(figure), "0.0")} |");

    private static string Spread(IEnumerable<double> figures, string format)
    {
        double[] sorted = [.. figures.Order()];
        return sorted.Length == 0 ? "–" : string.Create(
            CultureInfo.InvariantCulture, $"{sorted[sorted.Length / 2].ToString(format, CultureInfo.InvariantCulture)} ({sorted[0].ToString(format, CultureInfo.InvariantCulture)} – {sorted[^1].ToString(format, CultureInfo.InvariantCulture)})");
    }
}
