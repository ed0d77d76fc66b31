using System.Diagnostics;
using System.Globalization;
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

    public static void Run(TextWriter output, int threads, int size = 4096, int agents = 100, int rank = 16)
    {
        var round = new MadeUpRound(agents, rank, size, drift: 1, spread: 0.5, seed: 1, batch: agents);
        var source = new MemoryFactors(round.InMemory());
        double[] weights = round.Weights;

        // Memory is given back as a merge of many modules gives it.
        (double averaging, Survey survey) = Median(() => Survey.Of(source, weights, weights, round.Start, threads), old => old.Release(round.Start));
        double unit = 1 / (survey.LengthsA.Max() * survey.LengthsB.Max());
        var update = new IdealUpdate(source, weights, threads, unit);
        (double optimal, TruncatedUpdate truncated) = Median(() =>
        {
            var means = Survey.Of(source, weights, weights, round.Start, threads);
            TruncatedUpdate result = RandomisedTruncation.Of(update, means.Mean.A, rank, energy: null, new SeededRandom(1), threads, TruncationMethod.Randomised);
            means.Release(round.Start);
            return result;
        }, old => old.Release());
        (double scalars, NearlyAccurateSolution solution) = Median(() => AlternatingLeastSquares.Solve(
            new SweptEquations(update, rank), weights, weights, truncated.Energy / (unit * unit), ridge: 1e-8), _ => { });

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"One module {size} × {size}, {agents} agents, rank {rank}, fp32, {threads} threads, median of {Turns} turns:"));
        output.WriteLine();
        output.WriteLine("| | ms | × numpy |");
        output.WriteLine("|---|--:|--:|");
        NumpyTimes? numpy = Numpy.Measure(source, weights, solution.HalfSteps, threads, output);
        Line(output, "plain averaging (FedIT), lengths and angles included", averaging, numpy?.Averaging);
        Line(output, "OptimalRank with the energy of the update", optimal, numpy?.Optimal);
        Line(output, $"FloraNA, Gram-free, {solution.HalfSteps} half steps", scalars, numpy?.FloraNa);
        output.WriteLine();
        double whole = truncated.Energy / (unit * unit);
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

    private static void Line(TextWriter output, string what, double time, double? numpy) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {time:F1} | {(numpy is { } other ? $"{time / other:F2} (numpy {other:F1} ms)" : "–")} |"));
}
