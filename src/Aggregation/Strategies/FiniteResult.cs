using System.Globalization;
using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies;

/// <summary>Refuses results that single precision cannot hold, for a published infinity would spoil every agent's training.</summary>
internal static class FiniteResult
{
    /// <exception cref="ArgumentException">
    /// A value is beyond single precision; the message names the module and the entry whose factors are furthest from one.
    /// </exception>
    public static void Require(ModuleProblem problem, string what, LoraFactors factors)
    {
        if (!IsFinite(factors.A) || !IsFinite(factors.B))
        {
            throw Refusal(problem, what, "too large");
        }
    }

    /// <exception cref="ArgumentException">Of a product that is not zero nothing is left in single precision.</exception>
    public static void RequireKept(ModuleProblem problem, string what, SingularTriplets product, LoraFactors split)
    {
        if (product.Count > 0 && !split.B.Values.ContainsAnyExcept(0f))
        {
            throw Refusal(problem, what, "too small");
        }
    }

    private static ArgumentException Refusal(ModuleProblem problem, string what, string size)
    {
        int odd = Enumerable.Range(0, problem.Labels.Length).MaxBy(u => FromOne(problem.Survey.LengthsA[u]) + FromOne(problem.Survey.LengthsB[u]));
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"{problem.Labels[odd]}: {what} of module {problem.Name} is {size} for single precision (lengths of its A "
                + $"{problem.Survey.LengthsA[odd]:G2}, of its B {problem.Survey.LengthsB[odd]:G2}); leave it out or scale its factors.");
        return UpdateTerm.AgentOf(problem.Labels[odd]) is { } agent ? new UnfitUpdateException(agent, message) : new ArgumentException(message);
    }

    // Powers of two that lie between a length and one.
    private static int FromOne(double length) => length > 0 ? Math.Abs(Math.ILogB(length)) : 0;

    private static bool IsFinite(Matrix matrix) => TensorPrimitives.IsFiniteAll<float>(matrix.Values);
}
