
namespace EdgeFlora.EdgeAgent.Options;

/// <summary>What the owner of a device allows its agent. Section <c>Agent:Allow</c>. By default everything.</summary>
internal sealed record AllowOptions
{
    /// <summary>What may be learnt, whatever the data sets say.</summary>
    public IReadOnlyList<DataSetTask> Tasks { get; init; } = [.. Enum.GetValues<DataSetTask>()];

    /// <summary>
    /// Whether a run that asks may be told how many examples of each class there are: some strategies weigh the rows of the head by it.
    /// </summary>
    public bool ClassCounts { get; init; } = true;

    /// <summary>Whether a run may be told how well the adapter does on the data held out. Without it nothing is measured.</summary>
    public bool HeldOutFigures { get; init; } = true;

    /// <summary>Whether the service may be told the last lines of its terminal.</summary>
    public bool Terminal { get; init; } = true;

    /// <summary>
    /// Whether it trains on base models as they lie in the folders of its settings only: none is fetched in their place, and nothing that a run
    /// sends is folded into their weights. Default false.
    /// </summary>
    public bool LocalModelsOnly { get; init; }

    /// <summary>Hours of local time in which the agent may work; none named (the default): always.</summary>
    public WorkHours Hours { get; init; } = WorkHours.Always;

    /// <summary>Whether it may work while the device runs on its battery.</summary>
    public bool OnBattery { get; init; } = true;

    /// <summary>Whether it may work while the network is one that is paid by volume.</summary>
    public bool Metered { get; init; } = true;
}
