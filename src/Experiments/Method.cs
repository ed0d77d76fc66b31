using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Experiments;

/// <summary>A strategy with a server step: <c>FedIT</c>, <c>FloraNA:paper-literal</c>, <c>OptimalRank+fedexp</c>.</summary>
/// <param name="Name">As it was written.</param>
/// <param name="Strategy">A name of the registry of strategies.</param>
/// <param name="PaperLiteral">Whether FloraNA descends as its paper says.</param>
/// <param name="Step">The server step; null: fixed.</param>
/// <param name="Rate">η; null: the usual one of the step.</param>
public sealed record Method(string Name, string Strategy, bool PaperLiteral, ServerStep? Step, double? Rate)
{
    private const string Exact = "exact";
    private const string Literal = ":paper-literal";

    /// <summary>What can be written, for messages.</summary>
    public static string Right =>
        $"STRATEGY[{Literal}][+STEP[=RATE]] with one of {string.Join(", ", StrategyRegistry.Names)} or exact (FloraStack), and one of "
        + $"{string.Join(", ", StepNames)}";

    private static IEnumerable<string> StepNames => Enum.GetNames<ServerStep>().Select(name => name.ToLowerInvariant());

    /// <param name="problem">What is wrong, to follow "is".</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Method? method, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        method = null;
        string[] parts = text.Split('+', 2);
        bool literal = parts[0].EndsWith(Literal, StringComparison.Ordinal);
        string named = literal ? parts[0][..^Literal.Length] : parts[0];
        string? strategy = named == Exact
            ? "FloraStack"
            : StrategyRegistry.Names.FirstOrDefault(name => name.Equals(named, StringComparison.OrdinalIgnoreCase));
        if (strategy is null)
        {
            problem = $"'{text}', and '{named}' is no strategy";
            return false;
        }

        ServerStep? step = null;
        double? rate = null;
        if (parts.Length == 2)
        {
            string[] length = parts[1].Split('=', 2);
            if (!StepNames.Contains(length[0], StringComparer.OrdinalIgnoreCase))
            {
                problem = $"'{text}', and '{length[0]}' is no server step";
                return false;
            }

            step = Enum.Parse<ServerStep>(length[0], ignoreCase: true);
            if (length.Length == 2)
            {
                if (!double.TryParse(length[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double read) || !(read is > 0 and <= 2))
                {
                    problem = $"'{text}', and the rate '{length[1]}' is no number above 0 … 2";
                    return false;
                }

                rate = read;
            }
        }

        method = new Method(text, strategy, literal, step, rate);
        problem = null;
        return true;
    }

    /// <summary>How it merges.</summary>
    /// <param name="common">What all methods have in common.</param>
    public AggregationOptions Options(AggregationOptions common, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(common);
        ServerStep step = Step ?? ServerStep.Fixed;
        bool remembers = step is not (ServerStep.Fixed or ServerStep.FedExp);
        return common with
        {
            Strategy = Strategy,
            PaperLiteral = PaperLiteral,
            ServerStep = step,
            Momentum = !remembers ? 0 : common.Momentum > 0 ? common.Momentum : RunDefaults.MomentumOf(step),
            ServerRate = Rate
                ?? (step == ServerStep.Fixed ? common.ServerRate : RunDefaults.ServerRateOf(LearningTask.Classification, isPrivate: false, step)),
            Seed = seed,
        };
    }

    public override string ToString() => Name;
}
