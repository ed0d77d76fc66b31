using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Service;

/// <summary>What a service's command line, environment and configuration file ask for.</summary>
/// <param name="Models">Folders of base models, or folders that hold some, beside the one that comes with EdgeFlora.</param>
/// <param name="LogFile">Where it logs.</param>
/// <param name="StopWithInput">Whether it stops when standard input ends.</param>
internal sealed record ServiceSettings(
    ApiOptions Api, CoordinatorHostOptions Host, IReadOnlyList<string> Models, BrokerOptions Broker, string LogFile, bool StopWithInput);
