using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Api;

/// <summary>What the API is a door to.</summary>
public sealed record ApiServices(
    IRunService Runs, IFleetService Fleet, IEnrolmentService Enrolment, IServiceMonitor Monitor, IModelService Models, OperatorTokenRegistry Tokens,
    TimeProvider Clock, ILoggerFactory Loggers)
{
    /// <summary>The service's figures.</summary>
    public required ServiceMeter Meter { get; init; }
}
