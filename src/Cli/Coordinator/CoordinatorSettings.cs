using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Coordinator;

/// <summary>What a coordinator's command line asks for.</summary>
/// <param name="LogFile">Where it logs.</param>
/// <param name="StopWithInput">Whether it stops when standard input ends.</param>
internal sealed record CoordinatorSettings(CoordinatorOptions Run, BrokerOptions Broker, string LogFile, bool StopWithInput);
