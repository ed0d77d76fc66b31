namespace EdgeFlora.Cli.Report;

/// <summary>What people call a fault.</summary>
internal static class FaultNames
{
    /// <param name="fault">Name of a <see cref="FaultKind"/>; anything else comes back as it is.</param>
    public static string Of(string fault) => fault switch
    {
        nameof(FaultKind.AgentKilled) => "agent killed while training",
        nameof(FaultKind.AgentSlow) => "agent too slow",
        nameof(FaultKind.PoisonNaN) => "NaN in an update",
        nameof(FaultKind.PoisonScale) => "update times 1000",
        nameof(FaultKind.CoordinatorRestarted) => "coordinator restarted",
        _ => fault,
    };
}
