using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.EdgeAgent.Tests.Configuration;

/// <summary>From sources to an agent.</summary>
public sealed class AgentConfigurationTests : IDisposable
{
    private readonly SettingsFixture settings = new();

    public void Dispose() => settings.Dispose();

    [Fact]
    public void A_file_says_all_that_an_agent_can_be()
    {
        File.WriteAllText(settings.In("secret"), "top secret\n");
        File.WriteAllText(settings.In("letters.txt"), "");
        ConfiguredAgent agent = settings.Read("""
            name: farm-3
            state: state
            labels: {site: a, gpu: yes}
            broker: {url: 'amqps://farm@broker.example/', passwordFile: secret, timeout: 30 s}
            data:
              - name: tickets
                task: pairs
                files: [a.jsonl, b.jsonl]
                heldOutFraction: 0.1
                heldOutSeed: 7
                specialTokens: tokens
                labels: [good, bad]
                columns: {text: body, textPair: answer, label: kind}
              - {name: letters, task: lm, file: letters.txt, heldOut: b.jsonl, columns: {prompt: q, completion: a}}
            models: {small: model, fetch: no, cache: {folder: models, limit: 5 GB}}
            weights: int8
            engine: command
            measure: no
            trainer: {command: [python3, trainer.py], silence: 5 min, grace: 1 s, time: 2 h, memory: 2 GiB}
            allow:
              {tasks: [pairs, lm], classCounts: no, heldOutFigures: no, hours: ['22:00-06:00', 'Sat,Sun 00:00-24:00'], onBattery: no, metered: no,
               localModelsOnly: yes, terminal: no}
            limits: {threads: 4, nice: 10, memory: 400 MB, up: 50 kB, down: 1 MiB, disk: 1.5 GB}
            """);

        Assert.Equal(
            ("farm-3", AgentRole.Trainer, settings.In("state"), Path.Combine(settings.In("state"), "agent.log")),
            (agent.Agent.Name, agent.Agent.Role, agent.Agent.StateFolder, agent.LogFile));
        Assert.Equal([new("site", "a"), new("gpu", "yes")], agent.Agent.Labels.OrderByDescending(label => label.Key));
        Assert.Equal(
            ("amqps://farm@broker.example/", settings.In("secret"), 30),
            (agent.Broker.Url, agent.Broker.PasswordFile, agent.Broker.ConnectTimeout.TotalSeconds));
        Assert.Equal([new ModelOptions("small", settings.In("model"))], agent.Agent.Models);
        Assert.Equal(
            new ModelCacheOptions { Fetch = false, Folder = settings.In("models"), LimitBytes = 5_000_000_000 }, agent.Agent.ModelCache);
        DataSetOptions tickets = agent.Agent.Data[0];
        Assert.Equal(("tickets", DataSetTask.Pairs, 0.1, 7UL), (tickets.Name, tickets.Task, tickets.HeldOutFraction, tickets.HeldOutSeed));
        Assert.Equal([settings.In("a.jsonl"), settings.In("b.jsonl")], tickets.Files);
        Assert.Equal(["good", "bad"], tickets.Labels);
        Assert.True(tickets.MatchesSpecialTokens);
        Assert.Equal(("body", "answer", "kind"), (tickets.Columns.Text, tickets.Columns.TextPair, tickets.Columns.Label));
        DataSetOptions letters = agent.Agent.Data[1];
        Assert.Equal(
            (DataSetTask.LanguageModel, settings.In("letters.txt"), settings.In("b.jsonl"), "q", "a"),
            (letters.Task, letters.Files[0], letters.HeldOutFile, letters.LanguageColumns.Prompt, letters.LanguageColumns.Completion));
        Assert.Equal(new ModelOptions("small", settings.In("model")), Assert.Single(agent.Agent.Models));
        Assert.Equal((WeightStorage.EightBit, false, "command"), (agent.Storage, agent.MeasureDevice, agent.Agent.Engine));
        TrainerOptions trainer = agent.Agent.Trainer!;
        Assert.Equal(["python3", "trainer.py"], trainer.Command);
        Assert.Equal(
            (TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1), TimeSpan.FromHours(2), 2L << 30),
            (trainer.Silence, trainer.Grace, trainer.Time!.Value, trainer.MemoryBytes!.Value));
        AllowOptions allow = agent.Agent.Allow;
        Assert.Equal([DataSetTask.Pairs, DataSetTask.LanguageModel], allow.Tasks);
        Assert.Equal((false, false, false, false), (allow.ClassCounts, allow.HeldOutFigures, allow.OnBattery, allow.Metered));
        Assert.Equal((true, false), (allow.LocalModelsOnly, allow.Terminal));
        Assert.Equal(WorkHours.Parse(["22:00-06:00", "Sat,Sun 00:00-24:00"]), allow.Hours);
        Assert.Equal(
            new LimitOptions
            {
                Threads = 4,
                Nice = 10,
                MemoryBytes = 400_000_000,
                RoundWeights = false, // weights: int8 is what the owner wants
                BytesUp = 50_000,
                BytesDown = 1 << 20,
                DiskBytes = 1_500_000_000,
            },
            agent.Agent.Limits);
        agent.Agent.Validate();
    }

    [Fact]
    public void What_is_not_said_is_as_options_have_it()
    {
        ConfiguredAgent agent = settings.Read("{name: a, data: [{file: a.jsonl}]}");

        var standard = new AgentOptions
        {
            Name = "a",
            Data = [new DataSetOptions { Files = [settings.In("a.jsonl")] }],
            Models = [ModelOptions.Of(settings.In("model"))],
            StateFolder = "agent-a-state",
        };
        Assert.Equal(standard.Data[0] with { Files = [], Labels = [] }, agent.Agent.Data[0] with { Files = [], Labels = [] });
        Assert.Equal(
            (standard.Limits, standard.Engine, standard.Device, standard.Isolate, standard.Role),
            (agent.Agent.Limits, agent.Agent.Engine, agent.Agent.Device, agent.Agent.Isolate, agent.Agent.Role));
        Assert.Equal(standard.Allow with { Tasks = [] }, agent.Agent.Allow with { Tasks = [] });
        Assert.Equal(standard.Allow.Tasks, agent.Agent.Allow.Tasks);
        Assert.Equal(
            (standard.Models[0], "agent-a-state", Path.Combine("agent-a-state", "agent.log"), true),
            (agent.Agent.Models[0], agent.Agent.StateFolder, agent.LogFile, agent.MeasureDevice));
        Assert.Equal("amqp://guest@localhost:5672/", agent.Broker.Url);
    }

    [Fact]
    public void The_environment_stands_above_the_file_and_the_command_line_above_both()
    {
        settings.Environment["EDGEFLORA_AGENT__LIMITS__THREADS"] = "2";
        settings.Environment["EDGEFLORA_AGENT__LIMITS__NICE"] = "3";
        settings.Environment["EDGEFLORA_AGENT__DATA__0__HELDOUTFRACTION"] = "0.3";
        settings.Environment["EDGEFLORA_BROKER"] = "amqp://u:p@other/";
        settings.Give("limits:threads", "5", "--threads");

        ConfiguredAgent agent = settings.Read("""
            name: a
            broker: {url: 'amqp://broker/'}
            data: [{file: a.jsonl}]
            limits: {threads: 1, nice: 1, disk: 5 MB}
            """);

        Assert.Equal(new LimitOptions { Threads = 5, Nice = 3, DiskBytes = 5_000_000 }, agent.Agent.Limits);
        Assert.Equal((0.3, "amqp://u:p@other/"), (agent.Agent.Data[0].HeldOutFraction, agent.Broker.Url));
    }

    [Fact]
    public void A_list_is_taken_whole_from_the_strongest_source_that_gives_any_of_it()
    {
        settings.Environment["EDGEFLORA_AGENT__ALLOW__TASKS__0"] = "lm";
        settings.Environment["EDGEFLORA_AGENT__MODELS__OTHER"] = settings.Folder;

        ConfiguredAgent agent = settings.Read("{name: a, data: [{file: a.jsonl}], models: {m: model}, allow: {tasks: [classification, pairs]}}");

        Assert.Equal(DataSetTask.LanguageModel, Assert.Single(agent.Agent.Allow.Tasks));
        Assert.Equal(new ModelOptions("other", settings.Folder), Assert.Single(agent.Agent.Models));
    }

    [Fact]
    public void A_systemd_credential_is_the_brokers_password()
    {
        settings.Environment["CREDENTIALS_DIRECTORY"] = settings.In("credentials");
        Directory.CreateDirectory(settings.In("credentials"));
        File.WriteAllText(settings.In("credentials/broker-password"), "p@ss\n");

        AgentConfiguration configuration = settings.Load("{name: a, broker: {url: 'amqp://farm@broker:5672/'}, data: [{file: a.jsonl}]}");

        Assert.Equal(
            settings.In("credentials/broker-password"), new AgentSettingsReader(configuration, settings.In("model")).Read().Broker.PasswordFile);
        Assert.Equal(
            "systemd credential broker-password",
            configuration.Effective().Single(setting => setting.Name == "broker.passwordFile").Origin.ToString());
    }

    [Fact]
    public void What_the_environment_says_of_fetching_leaves_the_files_models_alone()
    {
        using var settings = new SettingsFixture();
        settings.Environment["EDGEFLORA_AGENT__MODELS__FETCH"] = "no";
        settings.Environment["EDGEFLORA_AGENT__MODELS__CACHE__LIMIT"] = "2 GB";

        ConfiguredAgent agent = settings.Read("{name: a, data: [{file: a.jsonl}], models: {m: model, cache: {limit: 1 GB}}}");

        Assert.Equal([new ModelOptions("m", settings.In("model"))], agent.Agent.Models);
        Assert.Equal((false, 2_000_000_000), (agent.Agent.ModelCache.Fetch, agent.Agent.ModelCache.LimitBytes));
        Assert.Equal("model", Assert.Single(settings.Read("{name: a, data: [{file: a.jsonl}], models: {fetch: yes}}").Agent.Models).Name);
    }

    [Fact]
    public void A_password_from_the_environment_goes_into_the_address_escaped()
    {
        settings.Environment["EDGEFLORA_AGENT__BROKER__PASSWORD"] = "p@ss";

        Assert.Equal(
            "amqp://farm:p%40ss@broker:5672/",
            settings.Read("{name: a, broker: {url: 'amqp://farm@broker:5672/'}, data: [{file: a.jsonl}]}").Broker.Url);
    }
}
