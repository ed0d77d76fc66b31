using System.Globalization;
using EdgeFlora.Cli.Report;

namespace EdgeFlora.Cli.Demo;

/// <summary>The command lines of the demo's coordinator and agents: the same whether they become processes or run in this one.</summary>
internal sealed class DemoArguments(DemoOptions options, DemoFolder folder, IReadOnlyList<PlannedFault> faults)
{
    /// <summary>Name of the agent that holds the central test set.</summary>
    public const string Evaluator = "evaluator";

    /// <summary>How often a step's work a slow agent takes for one: it cannot finish before the others' patience ends.</summary>
    private const int SlowFactor = 200;

    public string CoordinatorState => folder.CoordinatorState;

    public IReadOnlyList<string> Coordinator() =>
    [
        "coordinator",
        "--name", "demo",
        "--labels", folder.LabelFile,
        "--model", options.Model,
        "--state", folder.CoordinatorState,
        "--out", folder.Root,
        "--log", folder.Log("coordinator"),
        "--seed", Text(options.Seed),
        "--rounds", Text(options.Rounds),
        "--min-agents", Text(options.Agents),
        "--evaluators", "1",
        "--strategy", options.Strategy,
        "--rank", Text(options.Rank),
        "--lora-alpha", Text(options.Rank * DemoBudget.AlphaPerRank),
        "--targets", DemoBudget.Targets,
        "--steps", Text(DemoBudget.Steps),
        "--batch", Text(DemoBudget.Batch),
        "--max-tokens", Text(DemoBudget.MaxTokens),
        "--checkpoint-every", "10",
        "--codec", options.Codec,
        "--start-timeout", "120",
        .. options.Calm ? Patient : Brisk,
    ];

    public IReadOnlyList<string> Agent(string name) =>
    [
        "agent",
        "--name", name,
        .. name == Evaluator
            ? ["--role", "evaluator", "--held-out", folder.TestFile]
            : (IEnumerable<string>)["--data", folder.DataFile(name), "--held-out", folder.HeldOutFile(name)],
        "--model", options.Model,
        "--state", folder.AgentState(name),
        "--log", folder.Log(name),
        "--engine", "portable",
        "--threads", "1",
        "--no-measure", // eight agents at once on one machine: what one could do alone says nothing
        .. faults.Where(fault => fault.Agent == name).SelectMany(Drill),
    ];

    /// <summary>Without faults nobody may be left behind, however busy the machine: only then do figures repeat.</summary>
    private static IReadOnlyList<string> Patient { get; } =
        ["--quorum", "1", "--lease-grace", "20", "--straggler-grace", "900", "--soft-deadline", "900", "--hard-deadline", "1800"];

    /// <summary>With faults, half of the agents carry a round, and who is silent or slow for some seconds is left behind.</summary>
    private static IReadOnlyList<string> Brisk { get; } =
        ["--quorum", "0.5", "--lease-grace", "4", "--straggler-grace", "5", "--soft-deadline", "60", "--hard-deadline", "120"];

    private static IEnumerable<string> Drill(PlannedFault fault) => fault.Kind switch
    {
        FaultKind.AgentSlow => ["--drill", $"slow:{Text(fault.Round)}:{Text(SlowFactor)}"],
        FaultKind.PoisonNaN => ["--drill", $"nan:{Text(fault.Round)}"],
        FaultKind.PoisonScale => ["--drill", $"scale:{Text(fault.Round)}"],
        _ => [],
    };

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
