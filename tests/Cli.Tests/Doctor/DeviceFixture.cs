using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Doctor.Device;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary>A device whose settings the test chooses, in a folder that is thrown away.</summary>
internal sealed class DeviceFixture : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-doctor-").FullName;

    public DeviceFixture()
    {
        string data = Write("data.jsonl", """{"text": "good", "label": "x"}""", """{"text": "bad", "label": "y"}""");
        Agent = new AgentOptions
        {
            Name = "pump-1",
            BrokerUser = "farm",
            Data = [new DataSetOptions { Files = [data] }],
            Models = [ModelOptions.Of(ModelOption.EmbeddedFolder)],
            StateFolder = In("state"),
        };
    }

    public AgentOptions Agent { get; set; }

    public BrokerOptions Broker { get; set; } = new() { Url = "amqp://farm:pw@127.0.0.1:9/", ConnectTimeout = TimeSpan.FromSeconds(1) };

    public DeviceContext Context => new(new ConfiguredAgent(Agent, Broker, In("agent.log"), WeightStorage.Mapped, true), TimeProvider.System);

    public string In(string name) => Path.Combine(root, name);

    public string Write(string name, params string[] lines)
    {
        File.WriteAllLines(In(name), lines);
        return In(name);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
