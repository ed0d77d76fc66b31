using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Api;

/// <summary>What the API is a door to.</summary>
public sealed record ApiServices(
    IRunService Runs, IFleetService Fleet, IEnrolmentService Enrolment, IServiceMonitor Monitor, IModelService Models, OperatorTokenRegistry Tokens,
    TimeProvider Clock, ILoggerFactory Loggers)
{
    /// <summary>Why this replica does not lead, as a sentence without its full stop; null: it leads.</summary>
    public Func<string?> StandsBy { get; init; } = static () => null;

    /// <summary>Who leads, where this replica stands by; null: nobody that it knows of.</summary>
    public Func<LeadingReplica?> Leading { get; init; } = static () => null;

    /// <summary>Files that replicas have in common; null: they share a folder, or there are no others.</summary>
    public ISharedFiles? SharedFiles { get; init; }

    /// <summary>The service's figures.</summary>
    public required ServiceMeter Meter { get; init; }
}
