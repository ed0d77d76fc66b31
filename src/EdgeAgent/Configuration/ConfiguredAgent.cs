using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>What an agent's settings come to.</summary>
/// <param name="LogFile">Where it logs.</param>
/// <param name="Storage">How it holds base models' weights.</param>
/// <param name="MeasureDevice">Whether it finds out at start what this device can train.</param>
internal sealed record ConfiguredAgent(AgentOptions Agent, BrokerOptions Broker, string LogFile, WeightStorage Storage, bool MeasureDevice)
{
    /// <summary>
    /// The age at which it changes its password at the broker by itself; null: the password is not the one that its enrolment left, and so its
    /// owner's to change.
    /// </summary>
    public TimeSpan? PasswordAge { get; init; }
}
