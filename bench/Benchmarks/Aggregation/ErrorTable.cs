using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Benchmarks.Aggregation;

/// <summary>The rows of the design's error tables at full size: what each strategy publishes against the Eckart–Young bound.</summary>
internal static class ErrorTable
{
    // Table 1: equal agents without domains. Table 2: log-normal sizes and weights, twelve domains.
    private static readonly (int Size, int Agents, int Rank, double Drift, bool Later, bool Heterogeneous)[] Rows =
    [
        (768, 5, 8, 1, false, false), (768, 20, 8, 1, false, false), (768, 5, 8, 3, false, false), (768, 20, 8, 3, false, false), (768, 100, 8, 3, false, false),
        (768, 5, 64, 1, true, false), (768, 20, 64, 1, true, false), (4096, 20, 16, 1, true, false), (4096, 20, 64, 1, true, false),
        (768, 5, 4, 1, false, true), (768, 20, 4, 1, false, true), (768, 100, 4, 1, false, true), (768, 5, 16, 1, false, true), (768, 20, 16, 1, false, true),
        (768, 100, 16, 1, false, true), (768, 20, 64, 1, false, true), (768, 100, 64, 1, false, true), (4096, 5, 16, 1, false, true), (4096, 20, 16, 1, false, true),
        (4096, 100, 16, 1, false, true), (4096, 20, 64, 1, false, true), (768, 5, 16, 3, false, true), (768, 20, 16, 3, false, true), (768, 100, 64, 3, false, true),
    ];

    public static void Run(TextWriter output)
    {
        output.WriteLine("| d | U | r | drift | table | FedIT | FloraNA | OptimalRank | bound | OptimalRank / bound |");
        output.WriteLine("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        double worst = 0;
        foreach ((int size, int agents, int rank, double drift, bool later, bool heterogeneous) in Rows)
        {
            var round = new MadeUpRound(agents, rank, size, drift, heterogeneous ? 0.5 : 0, seed: 3, batch: agents, later, heterogeneous ? 0.5 : 0);
            IReadOnlyList<LoraFactors> factors = round.InMemory();
            var source = new MemoryFactors(factors);
            double unit = 1 / factors.Max(f => Math.Sqrt(ProductGeometry.Energy(f)));
            var update = new IdealUpdate(source, round.Weights, Environment.ProcessorCount, unit);
            double energy = UpdateEnergy.Of(update);
            double bound = Math.Sqrt(Math.Max(0, energy - Leading(update, round.Start, rank)) / energy);
            double fedIt = ErrorOf("FedIT");
            double floraNa = ErrorOf("FloraNA");
            double optimal = ErrorOf("OptimalRank");
            worst = Math.Max(worst, optimal / bound);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {size} | {agents} | {rank} | {drift} | {(heterogeneous ? 2 : 1)} | {fedIt:F4} | {floraNa:F4} | {optimal:F4} | {bound:F4} | {optimal / bound:F5} |"));

            // Measured on what was published, with the exact energy: nothing the strategies say of themselves.
            double ErrorOf(string strategy)
            {
                UpdateTerm[] terms = [.. round.Weights.Select((weight, i) => new UpdateTerm($"{i}", weight, 1))];
                var options = new AggregationOptions { Strategy = strategy, Method = TruncationMethod.Randomised, Gauge = Gauge.Anchored };
                LoraFactors published = ModuleAggregation.Of("module", round.Start, source, terms, 1, options).Factors;
                double along = factors.Select((f, i) => round.Weights[i] * ProductGeometry.InnerProduct(f, published)).Sum();
                double whole = energy / (unit * unit);
                return Math.Sqrt(Math.Max(0, whole - (2 * along) + ProductGeometry.Energy(published)) / whole);
            }
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Worst ratio to the bound: {worst:F5}."));
    }

    // Σσ² of the leading triplets by many more steps on a much wider space than the strategy takes.
    private static double Leading(IdealUpdate update, LoraFactors start, int rank)
    {
        const int Steps = 8;
        int width = Math.Min(rank + 64, update.Inputs);
        var random = new SeededRandom(11);
        var vectors = new Matrix(width, update.Inputs);
        for (int i = 0; i < width; i++)
        {
            ProbedEnergy.Fill(vectors.Row(i), 1, random);
        }

        start.A.Values.CopyTo(vectors.Values);
        VectorBlock right = new(vectors);
        double energy = 0;
        for (int step = 0; step < Steps; step++)
        {
            VectorBlock left = RowBasis.Of(update.Apply(RowBasis.Of(right, update.Threads)), update.Threads);
            right = update.ApplyTransposed(left);
            energy = SingularValues.Of(Gram.OfRows(right.Rows, update.Threads)).Sigma.Take(rank).Sum();
        }

        return energy;
    }
}
