using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Settings;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>How many rounds there are, of which agents, and when a round closes: <c>rounds</c>, <c>agents</c> and <c>deadlines</c>.</summary>
internal static class RoundSections
{
    private static readonly RoundOptions Standard = new();
    private static readonly DurationType Time = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(7));

    public static readonly Setting<int> Count = new(
        "rounds.count", "Rounds of the run.", "Rounds:Count", new WholeType(1, 10_000, "rounds"), Standard.Count);

    public static readonly Setting<LateResults> Late = new(
        "rounds.late",
        "What becomes of results that arrive after their round: drop, or next-round (agents go on, and it counts there by 1/√2).",
        "Rounds:LateResults",
        new ChoiceType<LateResults>([("drop", LateResults.Drop), ("next-round", LateResults.NextRound)]),
        Standard.LateResults);

    public static readonly Setting<int> MinAgents = new(
        "agents.min",
        "Trainers that must be there before the first round opens.",
        "Rounds:MinAgents",
        new WholeType(1, 100_000, "agents"),
        Standard.MinAgents);

    public static readonly Setting<int> PerRound = new(
        "agents.perRound",
        "Results wanted per round; 0: from every agent that is there.",
        "Rounds:AgentsPerRound",
        new WholeType(0, 100_000, "agents"),
        Standard.AgentsPerRound);

    public static readonly Setting<double> OverSelection = new(
        "agents.overSelection",
        "Agents asked per result wanted, with agents.perRound.",
        "Rounds:OverSelection",
        new NumberType(1, 5),
        Standard.OverSelection);

    public static readonly Setting<double> Quorum = new(
        "agents.quorum",
        "Fraction of the results wanted without which a round has no outcome.",
        "Rounds:Quorum",
        new NumberType(0, 1, above: true),
        Standard.Quorum);

    public static readonly Setting<LabelSelector> Selector = new(
        "agents.selector", "Which agents may take part, by their labels. Without it: all.", "Selector", new SelectorType(), LabelSelector.Any);

    public static readonly Setting<IReadOnlyList<string>?> Expected = new(
        "agents.expected",
        "Names of trainers that are expected, to say who is missing.",
        "Rounds:ExpectedAgents",
        new TextListType("names of agents", 1, 10_000),
        null);

    public static readonly Setting<TimeSpan?> WaitFor = new(
        "agents.waitFor",
        "How long the run waits for its agents before it fails. Without it: for ever.",
        "WaitFor",
        new OptionalDurationType(new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)), "forever"),
        null);

    public static readonly Setting<TimeSpan> Soft = new(
        "deadlines.soft", "From here on a quorum closes a round.", "Rounds:SoftDeadline", Time, Standard.SoftDeadline);

    public static readonly Setting<TimeSpan> Hard = new(
        "deadlines.hard", "Here a round closes, is extended or skipped.", "Rounds:HardDeadline", Time, Standard.HardDeadline);

    public static readonly Setting<int> Extensions = new(
        "deadlines.extensions",
        "How often a round without a quorum is given another soft deadline.",
        "Rounds:Extensions",
        new WholeType(0, 100, "times"),
        Standard.Extensions);

    public static readonly Setting<TimeSpan> Straggler = new(
        "deadlines.stragglers",
        "With the quorum in: how long after the last result a round waits for the next.",
        "Rounds:StragglerGrace",
        Time,
        Standard.StragglerGrace);

    public static readonly Setting<TimeSpan> Lease = new(
        "deadlines.lease", "Silence after which an agent's task is given up.", "Rounds:LeaseGrace", Time, Standard.LeaseGrace);

    public static readonly Setting<TimeSpan> Offer = new(
        "deadlines.offer", "How long an agent may take to accept a task.", "Rounds:OfferTimeout", Time, Standard.OfferTimeout);

    public static readonly Setting<int> Attempts = new(
        "deadlines.attempts",
        "How often a task is given to the same agent.",
        "Rounds:MaxAttempts",
        new WholeType(1, 100, "times"),
        Standard.MaxAttempts);

    public static readonly Setting<TimeSpan> Aggregation = new(
        "deadlines.aggregation",
        "Longest an aggregation may take before its round is skipped.",
        "Rounds:AggregationTimeout",
        Time,
        Standard.AggregationTimeout);

    public static readonly Setting<TimeSpan> Evaluation = new(
        "deadlines.evaluation",
        "Longest the end of the run waits for evaluators, and then for agents to measure the published adapter.",
        "Rounds:EvaluationTimeout",
        new DurationType(TimeSpan.Zero, TimeSpan.FromDays(7)),
        Standard.EvaluationTimeout);

    public static readonly Setting<bool> FinalMeasure = new(
        "rounds.finalMeasure",
        "Whether agents measure the published adapter on their held-out data at the end. Without it: true, but not with privacy.",
        "Rounds:FinalMeasure",
        new FlagType(),
        true);

    public static SpecSectionSettings Rounds { get; } = new(
        "rounds", "How many rounds there are, and which one's adapter is the run's.", [Count, Late, BestSection.Keep, FinalMeasure]);

    public static SpecSectionSettings Agents { get; } = new(
        "agents", "Which agents take part, and how many.", [MinAgents, PerRound, OverSelection, Quorum, Selector, Expected, WaitFor]);

    public static SpecSectionSettings Deadlines { get; } = new(
        "deadlines",
        "When rounds close and tasks are given up.",
        [Soft, Hard, Extensions, Straggler, Lease, Offer, Attempts, Aggregation, Evaluation]);

    public static RoundOptions Read(SettingValues values)
    {
        if (values.Has(OverSelection) && values.Of(PerRound) == 0)
        {
            values.RefuseIdle("without agents.perRound, so every agent is asked; give agents.perRound as well, or leave it out", OverSelection);
        }

        return Standard with
        {
            Count = values.Of(Count),
            MinAgents = values.Of(MinAgents),
            ExpectedAgents = values.Of(Expected) ?? [],
            Evaluators = values.Of(TopSection.Evaluators),
            AgentsPerRound = values.Of(PerRound),
            OverSelection = values.Of(OverSelection),
            Quorum = values.Of(Quorum),
            OfferTimeout = values.Of(Offer),
            SoftDeadline = values.Of(Soft),
            HardDeadline = values.Of(Hard),
            Extensions = values.Of(Extensions),
            StragglerGrace = values.Of(Straggler),
            LeaseGrace = values.Of(Lease),
            MaxAttempts = values.Of(Attempts),
            LateResults = values.Of(Late),
            Best = BestSection.Read(values),
            FinalMeasure = values.Has(FinalMeasure) ? values.Of(FinalMeasure) : null,
            AggregationTimeout = values.Of(Aggregation),
            EvaluationTimeout = values.Of(Evaluation),
        };
    }
}
