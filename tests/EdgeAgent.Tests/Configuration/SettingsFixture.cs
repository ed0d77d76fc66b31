using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Configuration;

/// <summary>A folder with <c>agent.yaml</c> and what it may name, an environment and a command line.</summary>
internal sealed class SettingsFixture : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<GivenSetting> options = [];

    public SettingsFixture()
    {
        File.WriteAllText(folder.In("a.jsonl"), "");
        File.WriteAllText(folder.In("b.jsonl"), "");
        Directory.CreateDirectory(folder.In("model"));
    }

    public string Folder => folder.Path;

    public Dictionary<string, string> Environment { get; } = [];

    public string In(string name) => folder.In(name);

    /// <summary>Gives a setting on the command line.</summary>
    public void Give(string key, string value, string option) =>
        options.Add(new GivenSetting(key, value, new SettingOrigin(OriginKind.Option, option)));

    public void Enrol(string state)
    {
        using AgentStateFolder held = AgentStateFolder.Open(folder.In(state), "pump-1");
        new StoredEnrolment("pump-1", "amqps://edgeflora-agent-pump-1@broker.example/", "https://service", Fingerprint: null, "the-broker")
            .Write(folder.In(state), "secret", authorities: null);
    }

    /// <param name="yaml">The file; null: there is none.</param>
    public ConfiguredAgent Read(string? yaml) => new AgentSettingsReader(Load(yaml), folder.In("model")).Read();

    /// <summary>What is wrong, with paths counted from the folder.</summary>
    public string[] Mistakes(string? yaml)
    {
        AgentConfigurationException wrong = Assert.Throws<AgentConfigurationException>(() => Read(yaml));
        return [.. wrong.Mistakes.Select(mistake => mistake.Replace(folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];
    }

    public AgentConfiguration Load(string? yaml)
    {
        string file = folder.In("agent.yaml");
        if (yaml is not null)
        {
            File.WriteAllText(file, yaml);
        }

        return AgentConfiguration.Load(yaml is null ? null : file, Environment, options);
    }

    public void Dispose() => folder.Dispose();
}
