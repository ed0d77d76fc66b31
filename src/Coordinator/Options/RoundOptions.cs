namespace EdgeFlora.Coordinator.Options;

/// <summary>When rounds open, close and count. Times run only while a coordinator lives: its own outage is not billed to agents.</summary>
public sealed record RoundOptions
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>Rounds of the run, 1 … 10,000. Default 10.</summary>
    public int Count { get; init; } = 10;

    /// <summary>
    /// Trainers that must be there before the first round opens, 1 … 100,000. Later rounds need <see cref="Quorum"/> of them. Default 2.
    /// </summary>
    public int MinAgents { get; init; } = 2;

    /// <summary>Names of trainers that are expected, only to say who is missing; may be empty. Default empty.</summary>
    public IReadOnlyList<string> ExpectedAgents { get; init; } = [];

    /// <summary>Evaluators that are expected, 0 … 100: the end of the run waits for them, no round does. Default 0.</summary>
    public int Evaluators { get; init; }

    /// <summary>
    /// Longest wait for enough agents before a round; the first round then fails the run, a later one is skipped. 1 ms … 7 days; default 10
    /// minutes.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Results wanted per round; 0: from every agent that is there. Default 0.</summary>
    public int AgentsPerRound { get; init; }

    /// <summary>
    /// Agents asked per result wanted, 1 … 5; only with <see cref="AgentsPerRound"/>. Default 1.3 (Bonawitz et al., arXiv 1902.01046).
    /// </summary>
    public double OverSelection { get; init; } = 1.3;

    /// <summary>Fraction of the results wanted without which a round has no outcome, above 0 … 1. Default 0.7.</summary>
    public double Quorum { get; init; } = 0.7;

    /// <summary>How long an agent may take to journal an offer. 1 ms … 7 days; default 1 minute.</summary>
    public TimeSpan OfferTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From here on a quorum closes the round. 1 ms … 7 days; default 15 minutes.</summary>
    public TimeSpan SoftDeadline { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Here the round closes, is extended or skipped; not below <see cref="SoftDeadline"/>. 1 ms … 7 days; default 30 minutes.</summary>
    public TimeSpan HardDeadline { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How often a round without a quorum is given another <see cref="SoftDeadline"/>, 0 … 100. Default 2.</summary>
    public int Extensions { get; init; } = 2;

    /// <summary>Once the quorum is in: how long after the last result the round waits for the next. 1 ms … 7 days; default 2 minutes.</summary>
    public TimeSpan StragglerGrace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence that ends a task's lease; longer than a reconnect to the broker takes. 1 ms … 7 days; default 3 minutes.</summary>
    public TimeSpan LeaseGrace { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How often one task is given to the same agent, 1 … 100. Default 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>What becomes of results that arrive after their round was frozen. Default <see cref="LateResults.Drop"/>.</summary>
    public LateResults LateResults { get; init; }

    /// <summary>Longest an aggregation may take before its round is skipped. 1 ms … 7 days; default 30 minutes.</summary>
    public TimeSpan AggregationTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Longest the end of the run waits for outstanding evaluations. 0 … 7 days; default 5 minutes.</summary>
    public TimeSpan EvaluationTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>By what models of rounds are compared, and what follows from it; null: the newest is the run's, and it does all its rounds.</summary>
    public BestModelOptions? Best { get; init; }

    /// <summary>
    /// Whether agents that took part measure the published adapter on their held-out data at the end, for which that waits no longer than
    /// <see cref="EvaluationTimeout"/> once more. Null, the default: yes, but not in a private run.
    /// </summary>
    public bool? FinalMeasure { get; init; }

    internal IEnumerable<string> Problems()
    {
        IEnumerable<string> ranges =
        [
            .. OptionRange.Whole("Rounds:Count", Count, 1, 10_000),
            .. OptionRange.Whole("Rounds:MinAgents", MinAgents, 1, 100_000),
            .. OptionRange.Whole("Rounds:Evaluators", Evaluators, 0, 100),
            .. OptionRange.Whole("Rounds:AgentsPerRound", AgentsPerRound, 0, 100_000),
            .. OptionRange.Number("Rounds:OverSelection", OverSelection, 1, 5),
            .. OptionRange.Number("Rounds:Quorum", Quorum, double.Epsilon, 1),
            .. OptionRange.Whole("Rounds:Extensions", Extensions, 0, 100),
            .. OptionRange.Whole("Rounds:MaxAttempts", MaxAttempts, 1, 100),
            .. OptionRange.Time("Rounds:StartTimeout", StartTimeout, Instant, Week),
            .. OptionRange.Time("Rounds:OfferTimeout", OfferTimeout, Instant, Week),
            .. OptionRange.Time("Rounds:SoftDeadline", SoftDeadline, Instant, Week),
            .. OptionRange.Time("Rounds:HardDeadline", HardDeadline, Instant, Week),
            .. OptionRange.Time("Rounds:StragglerGrace", StragglerGrace, Instant, Week),
            .. OptionRange.Time("Rounds:LeaseGrace", LeaseGrace, Instant, Week),
            .. OptionRange.Time("Rounds:AggregationTimeout", AggregationTimeout, Instant, Week),
            .. OptionRange.Time("Rounds:EvaluationTimeout", EvaluationTimeout, TimeSpan.Zero, Week),
        ];
        if (!Enum.IsDefined(LateResults))
        {
            yield return $"Rounds:LateResults is {LateResults}; it is one of {string.Join(", ", Enum.GetNames<LateResults>())}.";
        }

        foreach (string problem in ranges)
        {
            yield return problem;
        }

        if (HardDeadline < SoftDeadline)
        {
            yield return $"Rounds:HardDeadline is {HardDeadline}, below Rounds:SoftDeadline ({SoftDeadline}); the soft one would never be reached.";
        }

        if (AgentsPerRound > 0 && MinAgents < RequiredOf(AgentsPerRound))
        {
            yield return $"Rounds:MinAgents is {MinAgents}, below the quorum of Rounds:AgentsPerRound ({RequiredOf(AgentsPerRound)} of "
                + $"{AgentsPerRound}); the first round could not reach it.";
        }

        if (ExpectedAgents.Count > 0 && ExpectedAgents.Distinct(StringComparer.Ordinal).Count() < MinAgents)
        {
            yield return $"Rounds:ExpectedAgents names {ExpectedAgents.Distinct(StringComparer.Ordinal).Count()} agents, below Rounds:MinAgents "
                + $"({MinAgents}).";
        }
    }

    /// <summary>Quorum of so many results, at least 1.</summary>
    internal int RequiredOf(int wanted) => Math.Max(1, (int)Math.Ceiling((wanted * Quorum) - 1e-9));
}
