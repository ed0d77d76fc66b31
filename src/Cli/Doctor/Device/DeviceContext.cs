using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>The device that is looked at: its settings, and what earlier checks found for later ones.</summary>
internal sealed class DeviceContext(ConfiguredAgent settings, TimeProvider clock)
{
    public ConfiguredAgent Settings => settings;

    public AgentOptions Agent => settings.Agent;

    public BrokerOptions Broker => settings.Broker;

    public BrokerDiagnosis Diagnosis { get; } = new(settings.Broker, clock);

    public TimeProvider Clock => clock;

    /// <summary>What enrolment left; null: the agent is not enrolled.</summary>
    public StoredEnrolment? Enrolment { get; } = StoredEnrolment.Read(settings.Agent.StateFolder);

    /// <summary>The first model, once it is loaded.</summary>
    public BaseModel? Model { get; set; }

    /// <summary>What trains, once it was chosen; null: a program of the owner's.</summary>
    public EngineChoice? Engine { get; set; }
}
