using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>Finds the scalars of one module by the cheaper form of the normal equations.</summary>
internal static class FloraNaSolver
{
    /// <summary>Σr up to which the r×r blocks of all pairs of agents are kept.</summary>
    internal const int MostGramRank = 512;

    /// <summary>Agents up to which H [U × U] is formed: 8 MB, and its factorisation a third of a second.</summary>
    internal const int MostDenseAgents = 1024;

    // Of the largest ‖T‖² that factors of these lengths could have: below it T is zero.
    private const double Smallest = 1e-30;

    public static NearlyAccurateSolution Solve(ModuleProblem problem)
    {
        if (problem.Scales is not { } scales)
        {
            double smallest = Smallest * Square(problem.Survey.LengthsA) * Square(problem.Survey.LengthsB);
            return Solve(problem, problem.Coefficients, problem.Weights, problem.Energy, smallest);
        }

        // The same problem for factors near one: scalars of very large or small agents then weigh as those of others in the proximal pull.
        double unit = scales.Product * scales.Product;
        double largest = problem.Target.Coefficients.Max(Math.Abs);
        NearlyAccurateSolution scaled = Solve(
            problem, scales.ScaledP(problem.Coefficients), scales.ScaledQ(problem.Weights), problem.Energy / unit, Smallest * largest * largest);
        return AlternatingLeastSquares.Normalised(
            scales.PlainP(scaled.P), scales.PlainQ(scaled.Q), scaled.SquaredError * unit, scaled.StartSquaredError * unit, scaled.HalfSteps);
    }

    /// <summary>B̂ = Σ pᵤBᵤ, Â = Σ qᵤAᵤ.</summary>
    public static LoraFactors Combine(ModuleProblem problem, NearlyAccurateSolution solution) =>
        Survey.Of(problem.Source, solution.P, solution.Q, problem.Broadcast, problem.Options.Threads).Mean;

    private static NearlyAccurateSolution Solve(ModuleProblem problem, double[] startP, double[] startQ, double energy, double smallest)
    {
        INormalEquations equations = Equations(problem, problem.Broadcast.Rank);
        energy = equations is GramEquations gram ? gram.TargetEnergy : energy;
        if (energy <= smallest)
        {
            energy = 0;
        }

        return problem.Options.PaperLiteral
            ? AdamDescent.Solve(equations, startP, startQ, energy)
            : AlternatingLeastSquares.Solve(equations, startP, startQ, energy, problem.Options.Ridge);
    }

    private static INormalEquations Equations(ModuleProblem problem, int rank)
    {
        int agents = problem.Source.Count;
        if (problem.IsExact || (problem.Target.IsResident && agents * rank <= MostGramRank))
        {
            return Blocks(problem, rank);
        }

        return agents > MostDenseAgents ? new MatrixFreeEquations(problem.Target, rank)
            : problem.Target.IsResident ? new SweptEquations(problem.Target, rank)
            : new GramFreeEquations(problem.Target, rank, problem.Options.GramFreeBytes);
    }

    private static GramEquations Blocks(ModuleProblem problem, int rank)
    {
        var factors = new List<LoraFactors>(problem.Source.Count);
        problem.Target.ForEachBatch((_, batch) => factors.AddRange(batch.Select(f => Padding.ToRank(f, rank))));
        return new GramEquations(factors, problem.Target.Coefficients, problem.Options.Threads);
    }

    private static double Square(double[] lengths) => lengths.Sum(length => length * length) / lengths.Length;
}
