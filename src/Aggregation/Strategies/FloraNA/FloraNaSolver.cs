using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>Finds the scalars of one module by the cheaper form of the normal equations.</summary>
internal static class FloraNaSolver
{
    /// <summary>Σr up to which the r×r blocks of all pairs of agents are kept.</summary>
    internal const int MostGramRank = 512;

    public static NearlyAccurateSolution Solve(ModuleProblem problem)
    {
        int rank = problem.Broadcast.Rank;
        bool blocks = problem.IsExact || (problem.Source.Batch >= problem.Source.Count && problem.Source.Count * rank <= MostGramRank);
        INormalEquations equations = blocks ? Blocks(problem, rank) : new GramFreeEquations(problem.Target, rank, problem.Options.GramFreeBytes);
        double energy = blocks ? ((GramEquations)equations).TargetEnergy : problem.Energy;
        double smallest = 1e-30 * Square(problem.Survey.LengthsA) * Square(problem.Survey.LengthsB);
        if (energy <= smallest)
        {
            energy = 0;
        }

        return problem.Options.PaperLiteral
            ? AdamDescent.Solve(equations, problem.Coefficients, problem.Weights, energy)
            : AlternatingLeastSquares.Solve(equations, problem.Coefficients, problem.Weights, energy, problem.Options.Ridge);
    }

    /// <summary>B̂ = Σ pᵤBᵤ, Â = Σ qᵤAᵤ.</summary>
    public static LoraFactors Combine(ModuleProblem problem, NearlyAccurateSolution solution) =>
        Survey.Of(problem.Source, solution.P, solution.Q, problem.Broadcast, problem.Options.Threads).Mean;

    private static GramEquations Blocks(ModuleProblem problem, int rank)
    {
        var factors = new List<LoraFactors>(problem.Source.Count);
        problem.Target.ForEachBatch((_, batch) => factors.AddRange(batch.Select(f => Padding.ToRank(f, rank))));
        return new GramEquations(factors, problem.Coefficients, problem.Options.Threads);
    }

    private static double Square(double[] lengths) => lengths.Sum(length => length * length) / lengths.Length;
}
