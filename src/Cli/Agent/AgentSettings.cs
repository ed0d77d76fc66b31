using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Agent;

/// <summary>What an agent's command line asks for.</summary>
/// <param name="LogFile">Where it logs.</param>
/// <param name="Storage">How it holds the base model's weights.</param>
/// <param name="MeasureDevice">Whether it finds out at start what this device can train.</param>
/// <param name="StopWithInput">Whether it stops when standard input ends.</param>
internal sealed record AgentSettings(AgentOptions Agent, BrokerOptions Broker, string LogFile, WeightStorage Storage, bool MeasureDevice, bool StopWithInput);
