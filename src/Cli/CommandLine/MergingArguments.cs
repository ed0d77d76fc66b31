using System.CommandLine;
using System.Globalization;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Options of how adapters are merged into one, alike for a run and for folders.</summary>
internal sealed class MergingArguments
{
    private static readonly AggregationOptions Standard = new();

    private readonly Option<string> strategy = Ranged.Choice("--strategy", "How adapters are merged", StrategyRegistry.Names, Standard.Strategy);
    private readonly Option<string[]> strategyFor = new("--strategy-for")
    {
        Description = "Another strategy for modules by name, * standing for any characters; the first that fits counts (e.g. *.value=FedExLora); "
            + "may be given again",
        HelpName = "PATTERN=NAME",
    };
    private readonly Option<double?> energy = new("--energy")
    {
        Description = "Smallest rank that keeps this fraction of the squared update (above 0, below 1; with OptimalRank)",
        HelpName = "F",
    };
    private readonly Option<string> gauge = Ranged.Choice(
        "--gauge",
        "How the product is split into A and B",
        [.. Enum.GetNames<Gauge>().Select(name => name.ToLowerInvariant())],
        "principal");
    private readonly Option<string> robust;
    private readonly Option<double> clipFactor = Ranged.Number(
        "--clip-factor",
        "Multiples of the median length that changes are shortened to, 0 for not at all, else at least 1",
        "",
        0,
        1e6,
        Standard.ClipFactor);
    private readonly Option<double> hostileShare = Ranged.Number(
        "--hostile-share", "Share of adapters that multi-krum must survive", "", 0, 0.49, Standard.HostileShare);
    private readonly Option<double> exponent = Ranged.Number(
        "--weight-exponent", "β of weights n^β: 1 weighs by examples, 0 all alike", "", 0, 2, Standard.WeightExponent);
    private readonly Option<double> cap = Ranged.Number(
        "--weight-cap",
        "Largest weight of one adapter in multiples of an equal share, 0 for no cap, else at least 1",
        "",
        0,
        1e6,
        Standard.WeightCap);
    private readonly Option<int> residualRank = Ranged.Number(
        "--residual-rank",
        "Directions that FedExLora folds into the base weights (each round of a run), 0 for all it would lose",
        "directions",
        0,
        1024,
        Standard.ResidualRank);
    private readonly Option<bool> paperLiteral = new("--paper-literal")
    {
        Description = "Let FloraNA descend with Adam as its paper says, instead of alternating least squares",
    };
    private readonly Option<int> threads = Ranged.Number(
        "--threads", "Threads that merge; the result is the same for any number", "threads", 1, 1024, Environment.ProcessorCount);

    /// <param name="standardRule">The rule against outliers where nothing is said.</param>
    public MergingArguments(string standardRule) =>
        robust = Ranged.Choice(
            "--robust",
            "Against outliers: clip shortens to --clip-factor × the median length, the others also re-weigh; "
                + "all but none read every adapter once more",
            RobustRules.Names,
            standardRule);

    public IEnumerable<Option> All =>
        [strategy, strategyFor, energy, gauge, robust, clipFactor, hostileShare, exponent, cap, residualRank, paperLiteral, threads];

    /// <exception cref="InputException">A value cannot be used, or not beside another.</exception>
    public AggregationOptions Read(ParseResult parsed)
    {
        string rule = parsed.GetRequiredValue(robust);
        if (rule == RobustRules.None && parsed.IsGiven(clipFactor))
        {
            throw new InputException(parsed.IsGiven(robust)
                ? $"--clip-factor is given beside --robust {RobustRules.None}, which shortens nothing; leave one of them out"
                : $"--clip-factor is given without --robust, and nothing is shortened; add --robust {RobustRules.Clip}");
        }

        if (rule != RobustRules.MultiKrum && parsed.IsGiven(hostileShare))
        {
            throw new InputException($"--hostile-share is given beside --robust {rule}; it goes with --robust {RobustRules.MultiKrum}");
        }

        var options = new AggregationOptions
        {
            Strategy = parsed.GetRequiredValue(strategy),
            ModuleStrategies = [.. (parsed.GetValue(strategyFor) ?? []).Select(ModuleStrategyOf)],
            KeptEnergy = Energy(parsed),
            Gauge = Enum.Parse<Gauge>(parsed.GetRequiredValue(gauge), ignoreCase: true),
            Robust = RobustRules.Of(rule),
            ClipFactor = rule == RobustRules.None ? 0 : NothingOrOneAtLeast(parsed, clipFactor),
            HostileShare = parsed.GetValue(hostileShare),
            WeightExponent = parsed.GetValue(exponent),
            WeightCap = NothingOrOneAtLeast(parsed, cap),
            ResidualRank = parsed.GetValue(residualRank),
            PaperLiteral = parsed.GetValue(paperLiteral),
            Threads = parsed.GetValue(threads),
        };
        return !options.PaperLiteral || options.StrategyNames().Contains("FloraNA", StringComparer.Ordinal)
            ? options
            : throw new InputException($"--paper-literal is given beside --strategy {options.Strategy}; it goes with FloraNA");
    }

    /// <summary>What the library said about one of its settings, with the option's name in place of the setting's.</summary>
    public static InputException Named(ArgumentException refusal)
    {
        string? option = refusal.ParamName switch
        {
            nameof(AggregationOptions.Strategy) => "--strategy",
            nameof(AggregationOptions.Robust) => "--robust",
            nameof(AggregationOptions.Gauge) => "--gauge",
            nameof(AggregationOptions.WeightExponent) => "--weight-exponent",
            nameof(AggregationOptions.WeightCap) => "--weight-cap",
            nameof(AggregationOptions.ClipFactor) => "--clip-factor",
            nameof(AggregationOptions.HostileShare) => "--hostile-share",
            nameof(AggregationOptions.ResidualRank) => "--residual-rank",
            nameof(AggregationOptions.KeptEnergy) => "--energy",
            nameof(AggregationOptions.PaperLiteral) => "--paper-literal",
            nameof(AggregationOptions.Threads) => "--threads",
            _ => null,
        };
        InputException said = InputException.Of(refusal);
        return option is null
            ? said
            : new InputException(said.Message.Replace($"Aggregation:{refusal.ParamName}", option, StringComparison.Ordinal), refusal);
    }

    private double Energy(ParseResult parsed)
    {
        double? kept = parsed.GetValue(energy);
        return kept is null || (kept is > 0 and < 1 && parsed.GetRequiredValue(strategy) == "OptimalRank")
            ? kept ?? 1
            : throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"--energy is {kept}; it must be above 0 and below 1, with --strategy OptimalRank"));
    }

    private static double NothingOrOneAtLeast(ParseResult parsed, Option<double> option) => parsed.GetValue(option) is var value && value is 0 or >= 1
        ? value
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {value}; it must be 0 or at least 1"));

    private static ModuleStrategy ModuleStrategyOf(string text)
    {
        string[] parts = text.Split('=');
        string? name = parts.Length == 2
            ? StrategyRegistry.Names.FirstOrDefault(known => known.Equals(parts[1], StringComparison.OrdinalIgnoreCase))
            : null;
        return name is not null && parts[0].Length > 0
            ? new ModuleStrategy(parts[0], name)
            : throw new InputException(
                $"--strategy-for is '{text}'; it must be PATTERN=NAME with a name of {string.Join(", ", StrategyRegistry.Names)}");
    }
}
