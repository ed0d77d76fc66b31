using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>What a coordinator's command line asks for.</summary>
/// <param name="LogFile">Where it logs.</param>
/// <param name="StopWithInput">Whether it stops when standard input ends.</param>
/// <param name="Spec">The spec that the run is of; null: it is of a command line.</param>
internal sealed record CoordinatorSettings(CoordinatorOptions Run, BrokerOptions Broker, string LogFile, bool StopWithInput, RunSpec? Spec = null);
