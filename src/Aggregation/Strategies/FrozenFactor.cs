using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies;

/// <summary>Checks that agents left alone what a strategy froze.</summary>
internal static class FrozenFactor
{
    // What a lossy codec may do to a factor that was not trained; training moves it further in a few steps.
    private const double Tolerated = 0.02;

    /// <exception cref="ArgumentException">An agent's A is not the broadcast one, up to rounding of a codec.</exception>
    public static void RequireA(ModuleProblem problem, string strategy) =>
        Require(problem, strategy, "A", problem.Broadcast.A, problem.Survey.LengthsA, problem.Survey.AlongA);

    /// <exception cref="ArgumentException">An agent's B is not the broadcast one, up to rounding of a codec.</exception>
    public static void RequireB(ModuleProblem problem, string strategy) =>
        Require(problem, strategy, "B", problem.Broadcast.B, problem.Survey.LengthsB, problem.Survey.AlongB);

    private static void Require(ModuleProblem problem, string strategy, string factor, Matrix broadcast, double[] lengths, double[] along)
    {
        double length = Math.Sqrt(Gram.OfRows(broadcast).Trace());
        for (int i = 0; i < lengths.Length; i++)
        {
            double squared = (lengths[i] * lengths[i]) - (2 * along[i]) + (length * length);
            if (squared > Tolerated * Tolerated * length * length)
            {
                string message = $"{problem.Labels[i]} changed {factor} of module {problem.Name}, which {strategy} froze in round {problem.Round}.";
                throw UpdateTerm.AgentOf(problem.Labels[i]) is { } agent ? new UnfitUpdateException(agent, message) : new ArgumentException(message);
            }
        }
    }
}
