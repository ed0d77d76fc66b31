using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Hosting;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Configuration;
using Microsoft.Extensions.Configuration;

namespace EdgeFlora.EdgeAgent.Tests.Hosting;

/// <summary>Settings of an agent within a product.</summary>
[Collection(EnvironmentGroup.Name)]
public sealed class EdgeAgentOptionsTests : IDisposable
{
    private readonly SettingsFixture settings = new();

    public void Dispose() => settings.Dispose();

    [Fact]
    public void Code_stands_above_a_section_and_a_section_above_a_file()
    {
        File.WriteAllText(settings.In("agent.yaml"), "name: from-file\nlimits: {threads: 2, nice: 3}\nlabels: {site: a, site.b: c}\n");
        EdgeAgentOptions options = Whole();
        options.ConfigurationFile = settings.In("agent.yaml");
        options.Section = Section(("Agent:limits:threads", "4"), ("Agent:data:0:task", "pairs"), ("Other:name", "x"));
        options.Settings["limits.nice"] = "5";
        options.Settings["data[0].heldOutFraction"] = "0.5";
        options.Settings["labels.site.b"] = "d";

        ConfiguredAgent read = options.Read();

        Assert.Equal(("kiosk-7", 4, 5), (read.Agent.Name, read.Agent.Limits.Threads, read.Agent.Limits.Nice));
        Assert.Equal((DataSetTask.Pairs, 0.5), (read.Agent.Data[0].Task, read.Agent.Data[0].HeldOutFraction));
        Assert.Equal([("site.b", "d")], read.Agent.Labels.Select(label => (label.Key, label.Value)));
        Assert.Equal(settings.In("model"), Assert.Single(read.Agent.Models).Folder);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_words_of_whoever_made_them()
    {
        File.WriteAllText(settings.In("agent.yaml"), "limits: {nice: 99}\n");
        EdgeAgentOptions options = new()
        {
            ConfigurationFile = settings.In("agent.yaml"),
            Section = Section(("Agent:limits:threads", "0")),
            StateFolder = settings.In("state"),
            DataFile = settings.In("nowhere.jsonl"),
        };
        options.Settings["limits.memery"] = "1 GB";

        AgentConfigurationException wrong = Assert.Throws<AgentConfigurationException>(options.Read);

        Assert.Equal(
            [
                $"{settings.In("agent.yaml")}:1: limits.nice is '99'; it must be a whole number, 0 … 19",
                "Agent:limits:threads is '0'; it must be a whole number, 1 … 1024",
                "Settings[\"limits.memery\"] is no setting; the nearest is limits.memory",
                $"DataFile is '{settings.In("nowhere.jsonl")}', which does not exist; "
                    + "give a JSONL, CSV or TSV file with the columns text and label, or for lm with texts",
                "name is missing; the agent's name, unique at its broker",
                "models.NAME is missing; no base model comes with the program: give at least one folder, under a name",
            ],
            wrong.Mistakes);
    }

    [Fact]
    public void A_file_that_is_not_there_is_called_as_the_property_is()
    {
        EdgeAgentOptions options = Whole();
        options.ConfigurationFile = "nowhere.yaml";

        Assert.Equal(
            ["ConfigurationFile is 'nowhere.yaml', which does not exist; give a YAML file"],
            Assert.Throws<AgentConfigurationException>(options.Read).Mistakes);
    }

    /// <summary>A product's environment is the product's.</summary>
    [Fact]
    public void The_environment_does_not_count_by_itself()
    {
        const string Variable = "EDGEFLORA_AGENT__LIMITS__THREADS";
        Environment.SetEnvironmentVariable(Variable, "7");
        try
        {
            Assert.Equal(1, Whole().Read().Agent.Limits.Threads);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Fact]
    public void An_engine_of_the_products_goes_with_no_other()
    {
        EdgeAgentOptions options = Whole();
        options.TrainingEngine = new Engine("Mine!");
        options.Settings["engine"] = "torch";

        Assert.Equal(
            [
                "TrainingEngine has the name 'Mine!'; it must be 1 … 64 of the characters a-z, 0-9 and -",
                "Settings[\"engine\"] is 'torch' beside TrainingEngine, which trains in place of every engine; leave one of them out",
            ],
            Assert.Throws<AgentConfigurationException>(options.Read).Mistakes);
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
        .Build()
        .GetSection("Agent");

    private EdgeAgentOptions Whole() => new()
    {
        Name = "kiosk-7",
        StateFolder = settings.In("state"),
        DataFile = settings.In("a.jsonl"),
        ModelFolder = settings.In("model"),
    };

    private sealed class Engine(string name) : ITrainingEngine
    {
        public string Name => name;

        public string Device => "none";

        public Task<TrainingOutcome> RunAsync(TrainingTask task, IProgress<TrainingProgress> progress, CancellationToken stop) =>
            throw new NotSupportedException();
    }
}
