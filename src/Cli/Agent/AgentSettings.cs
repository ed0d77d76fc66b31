using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Agent;

/// <summary>What an agent's command line asks for.</summary>
/// <param name="LogFile">Where it logs.</param>
/// <param name="StopWithInput">Whether it stops when standard input ends.</param>
internal sealed record AgentSettings(AgentOptions Agent, BrokerOptions Broker, string LogFile, bool StopWithInput);
