using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>Options of how many rounds there are, of how many agents, and when a round closes.</summary>
internal sealed class RoundArguments
{
    private static readonly RoundOptions Standard = new();

    private readonly Option<int> rounds = Ranged.Number("--rounds", "Rounds to run", "rounds", 1, 10_000, 5);
    private readonly Option<int> minAgents = Ranged.Number(
        "--min-agents", "Agents to wait for before the first round", "agents", 1, 100_000, Standard.MinAgents);
    private readonly Option<int> evaluators = Ranged.Number(
        "--evaluators", "Agents that only measure and whose last figure the end of the run waits for", "agents", 0, 100, 0);
    private readonly Option<int> perRound = Ranged.Number(
        "--agents-per-round", "Results wanted per round; 0: from every agent there is", "agents", 0, 100_000, 0);
    private readonly Option<double> overSelection = Ranged.Number(
        "--over-selection", "Agents asked per result wanted, with --agents-per-round", "", 1, 5, Standard.OverSelection);
    private readonly Option<double> quorum = Ranged.Number(
        "--quorum", "Fraction of the results wanted without which a round has no outcome", "", 0.01, 1.0, Standard.Quorum);
    private readonly Option<double> softDeadline = Seconds.Option("--soft-deadline", "From here on a quorum closes a round", Standard.SoftDeadline);
    private readonly Option<double> hardDeadline = Seconds.Option(
        "--hard-deadline", "Here a round closes, is extended or skipped", Standard.HardDeadline);
    private readonly Option<int> extensions = Ranged.Number(
        "--extensions", "How often a round without a quorum is given another --soft-deadline", "times", 0, 100, Standard.Extensions);
    private readonly Option<double> stragglers = Seconds.Option(
        "--straggler-grace", "With the quorum in: how long after the last result a round waits for the next", Standard.StragglerGrace);
    private readonly Option<double> leaseGrace = Seconds.Option(
        "--lease-grace", "Silence after which an agent's task is given up", Standard.LeaseGrace);
    private readonly Option<int> maxAttempts = Ranged.Number(
        "--max-attempts", "How often a task is given to the same agent", "times", 1, 100, Standard.MaxAttempts);
    private readonly Option<string> late = Ranged.Choice(
        "--late-results",
        "What becomes of results that arrive after their round: drop, or next-round (agents go on, and it counts there by 1/√2)",
        ["drop", "next-round"],
        "drop");
    private readonly Option<double> startTimeout = Seconds.Option("--start-timeout", "Longest wait for enough agents", Standard.StartTimeout);

    public IEnumerable<Option> All =>
    [
        rounds, minAgents, evaluators, perRound, overSelection, quorum, softDeadline, hardDeadline, extensions, stragglers, leaseGrace, maxAttempts,
        late, startTimeout,
    ];

    public RoundOptions Read(ParseResult parsed) => Standard with
    {
        Count = parsed.GetValue(rounds),
        MinAgents = parsed.GetValue(minAgents),
        Evaluators = parsed.GetValue(evaluators),
        AgentsPerRound = parsed.GetValue(perRound),
        OverSelection = parsed.GetValue(overSelection),
        Quorum = parsed.GetValue(quorum),
        SoftDeadline = Seconds.Of(parsed.GetValue(softDeadline)),
        HardDeadline = Seconds.Of(parsed.GetValue(hardDeadline)),
        Extensions = parsed.GetValue(extensions),
        StragglerGrace = Seconds.Of(parsed.GetValue(stragglers)),
        LeaseGrace = Seconds.Of(parsed.GetValue(leaseGrace)),
        MaxAttempts = parsed.GetValue(maxAttempts),
        LateResults = parsed.GetRequiredValue(late) == "drop" ? LateResults.Drop : LateResults.NextRound,
        StartTimeout = Seconds.Of(parsed.GetValue(startTimeout)),
    };
}
