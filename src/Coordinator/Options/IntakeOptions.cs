namespace EdgeFlora.Coordinator.Options;

/// <summary>What a result must be to count. Everything an agent sends is hostile until checked.</summary>
public sealed record IntakeOptions
{
    /// <summary>Examples beyond which an agent's self-reported weight does not grow, 1 … 2,147,483,647. Default 1,000,000.</summary>
    public int MaxExamples { get; init; } = 1_000_000;

    /// <summary>
    /// When the round is frozen: the most that a result weighs, in medians of the round's; 1 … 1e9, 0 for no limit. Default 3. Of fewer than three
    /// results none is limited.
    /// </summary>
    public double ExamplesFactor { get; init; } = 3;

    /// <summary>
    /// When the round is frozen: the largest part of all weights that one result has, but never less than an equal part among all others; 0 … 1, 0
    /// for no limit.
    /// Default 1/3. Of fewer than three results none is limited.
    /// </summary>
    public double ShareCap { get; init; } = 1.0 / 3;

    /// <summary>At arrival: largest change against the median of the last committed round, as a factor above 1 … 1e9. Default 20.</summary>
    public double ArrivalNormFactor { get; init; } = 20;

    /// <summary>When the round is frozen: largest change against the median of the round itself, as a factor above 1 … 1e9. Default 10.</summary>
    public double FreezeNormFactor { get; init; } = 10;

    /// <summary>Invalid results after which an agent is quarantined for the run, 1 … 1000. Default 3.</summary>
    public int Strikes { get; init; } = 3;

    internal IEnumerable<string> Problems() =>
    [
        .. OptionRange.Whole("Intake:MaxExamples", MaxExamples, 1, int.MaxValue),
        .. ExamplesFactor == 0 ? Array.Empty<string>() : OptionRange.Number("Intake:ExamplesFactor", ExamplesFactor, 1, 1e9),
        .. OptionRange.Number("Intake:ShareCap", ShareCap, 0, 1),
        .. OptionRange.Number("Intake:ArrivalNormFactor", ArrivalNormFactor, 1, 1e9),
        .. OptionRange.Number("Intake:FreezeNormFactor", FreezeNormFactor, 1, 1e9),
        .. OptionRange.Whole("Intake:Strikes", Strikes, 1, 1000),
    ];
}
