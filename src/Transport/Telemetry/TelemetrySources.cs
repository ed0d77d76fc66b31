using System.Diagnostics;

namespace EdgeFlora.Transport.Telemetry;

/// <summary>Whom traces and figures are from. Without a listener nothing of either is made.</summary>
public static class TelemetrySources
{
    /// <summary>Name of the coordinator's source of spans, and of its meter.</summary>
    public const string CoordinatorName = "EdgeFlora.Coordinator";

    /// <summary>Name of agents' source of spans, and of their meter.</summary>
    public const string AgentName = "EdgeFlora.Agent";

    public static ActivitySource Coordinator { get; } = new(CoordinatorName);

    public static ActivitySource Agent { get; } = new(AgentName);
}
