using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Experiments;

/// <summary>
/// A strategy with what agents do otherwise and a server step: <c>FedIT</c>, <c>FloraNA:paper-literal</c>, <c>FedIT:prox=0.1+fedexp</c>.
/// </summary>
/// <param name="Name">As it was written.</param>
/// <param name="Strategy">A name of the registry of strategies.</param>
/// <param name="PaperLiteral">Whether FloraNA descends as its paper says.</param>
/// <param name="Step">The server step; null: fixed.</param>
/// <param name="Rate">η; null: the usual one of the step.</param>
public sealed record Method(string Name, string Strategy, bool PaperLiteral, ServerStep? Step, double? Rate)
{
    private const string Exact = "exact";
    private const string Literal = "paper-literal";
    private const string Personal = "personal-head";
    private const string PerClass = "per-class-heads";
    private const string Prox = "prox=";
    private const string Variates = "scaffold";

    /// <summary>What can be written, for messages.</summary>
    public static string Right =>
        $"STRATEGY[:{Literal}][:{Prox}μ][:{Variates}][:{Personal}][:{PerClass}][+STEP[=RATE]] with one of "
        + $"{string.Join(", ", StrategyRegistry.Names)} or exact (FloraStack), and one of {string.Join(", ", StepNames)}";

    /// <summary>μ of FedProx; null: as the experiment says.</summary>
    public double? Proximal { get; init; }

    /// <summary>Whether agents keep control variates, in the anchored gauge, whatever the experiment says.</summary>
    public bool ControlVariates { get; init; }

    /// <summary>Whether each agent keeps a head of its own, whatever the experiment says.</summary>
    public bool PersonalHead { get; init; }

    /// <summary>Whether each row of the head is averaged by the agents' examples of its class, whatever the experiment says.</summary>
    public bool PerClassHeads { get; init; }

    private static IEnumerable<string> StepNames => Enum.GetNames<ServerStep>().Select(name => name.ToLowerInvariant());

    /// <param name="problem">What is wrong, to follow "is".</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Method? method, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        method = null;
        string[] parts = text.Split('+', 2);
        string[] words = parts[0].Split(':');
        string? strategy = words[0] == Exact
            ? "FloraStack"
            : StrategyRegistry.Names.FirstOrDefault(name => name.Equals(words[0], StringComparison.OrdinalIgnoreCase));
        if (strategy is null)
        {
            problem = $"'{text}', and '{words[0]}' is no strategy";
            return false;
        }

        var read = new Method(text, strategy, PaperLiteral: false, Step: null, Rate: null);
        foreach (string word in words.Skip(1))
        {
            if (read.With(word) is not { } further)
            {
                problem = word.StartsWith(Prox, StringComparison.Ordinal)
                    ? $"'{text}', and the μ '{word[Prox.Length..]}' is no number above 0 … 1000"
                    : $"'{text}', and '{word}' is none of {Literal}, {Prox}μ, {Variates}, {Personal} and {PerClass}";
                return false;
            }

            read = further;
        }

        problem = parts.Length == 2 ? StepProblem(parts[1], ref read) : null;
        problem = problem is null ? null : $"'{text}', and {problem}";
        method = problem is null ? read : null;
        return method is not null;
    }

    /// <returns>Null if the word means nothing, or was there before.</returns>
    private Method? With(string word) => word switch
    {
        Literal when !PaperLiteral => this with { PaperLiteral = true },
        Variates when !ControlVariates => this with { ControlVariates = true },
        Personal when !PersonalHead => this with { PersonalHead = true },
        PerClass when !PerClassHeads => this with { PerClassHeads = true },
        _ when Proximal is null && word.StartsWith(Prox, StringComparison.Ordinal)
            && double.TryParse(word.AsSpan(Prox.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double strength)
            && strength is > 0 and <= 1000 => this with { Proximal = strength },
        _ => null,
    };

    /// <summary>Reads <c>STEP[=RATE]</c>.</summary>
    private static string? StepProblem(string text, ref Method method)
    {
        string[] length = text.Split('=', 2);
        if (!StepNames.Contains(length[0], StringComparer.OrdinalIgnoreCase))
        {
            return $"'{length[0]}' is no server step";
        }

        method = method with { Step = Enum.Parse<ServerStep>(length[0], ignoreCase: true) };
        if (length.Length < 2)
        {
            return null;
        }

        if (!double.TryParse(length[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) || !(rate is > 0 and <= 2))
        {
            return $"the rate '{length[1]}' is no number above 0 … 2";
        }

        method = method with { Rate = rate };
        return null;
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
            Gauge = ControlVariates ? Gauge.Anchored : common.Gauge,
            PerClassHeads = PerClassHeads || common.PerClassHeads,
            ServerStep = step,
            Momentum = !remembers ? 0 : common.Momentum > 0 ? common.Momentum : RunDefaults.MomentumOf(step),
            ServerRate = Rate
                ?? (step == ServerStep.Fixed ? common.ServerRate : RunDefaults.ServerRateOf(LearningTask.Classification, isPrivate: false, step)),
            Seed = seed,
        };
    }

    /// <summary>How agents train.</summary>
    /// <param name="common">What all methods have in common.</param>
    public TrainingOptions Training(TrainingOptions common)
    {
        ArgumentNullException.ThrowIfNull(common);
        return common with
        {
            Proximal = Proximal ?? common.Proximal,
            ControlVariates = ControlVariates || common.ControlVariates,
            PersonalHead = PersonalHead || common.PersonalHead,
        };
    }

    public override string ToString() => Name;
}
