using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>What an agent's settings come to.</summary>
/// <param name="LogFile">Where it logs.</param>
/// <param name="Storage">How it holds base models' weights.</param>
/// <param name="MeasureDevice">Whether it finds out at start what this device can train.</param>
internal sealed record ConfiguredAgent(AgentOptions Agent, BrokerOptions Broker, string LogFile, WeightStorage Storage, bool MeasureDevice);
