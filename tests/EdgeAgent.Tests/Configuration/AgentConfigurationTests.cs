using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.EdgeAgent.Tests.Configuration;

public sealed class AgentConfigurationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, string> environment = [];
    private readonly List<GivenSetting> options = [];

    public AgentConfigurationTests()
    {
        File.WriteAllText(folder.In("a.jsonl"), "");
        File.WriteAllText(folder.In("b.jsonl"), "");
        Directory.CreateDirectory(folder.In("model"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_says_all_that_an_agent_can_be()
    {
        File.WriteAllText(folder.In("secret"), "top secret\n");
        File.WriteAllText(folder.In("letters.txt"), "");
        ConfiguredAgent agent = Read("""
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
            models: {small: model}
            weights: int8
            engine: command
            measure: no
            trainer: {command: [python3, trainer.py], silence: 5 min, grace: 1 s, time: 2 h, memory: 2 GiB}
            allow: {tasks: [pairs, lm], classCounts: no, heldOutFigures: no, hours: ['22:00-06:00', 'Sat,Sun 00:00-24:00'], onBattery: no, metered: no}
            limits: {threads: 4, nice: 10, disk: 1.5 GB}
            """);

        Assert.Equal(("farm-3", AgentRole.Trainer, folder.In("state"), Path.Combine(folder.In("state"), "agent.log")), (agent.Agent.Name, agent.Agent.Role, agent.Agent.StateFolder, agent.LogFile));
        Assert.Equal([new("site", "a"), new("gpu", "yes")], agent.Agent.Labels.OrderByDescending(label => label.Key));
        Assert.Equal(("amqps://farm@broker.example/", folder.In("secret"), 30), (agent.Broker.Url, agent.Broker.PasswordFile, agent.Broker.ConnectTimeout.TotalSeconds));
        DataSetOptions tickets = agent.Agent.Data[0];
        Assert.Equal(("tickets", DataSetTask.Pairs, 0.1, 7UL), (tickets.Name, tickets.Task, tickets.HeldOutFraction, tickets.HeldOutSeed));
        Assert.Equal([folder.In("a.jsonl"), folder.In("b.jsonl")], tickets.Files);
        Assert.Equal(["good", "bad"], tickets.Labels);
        Assert.True(tickets.MatchesSpecialTokens);
        Assert.Equal(("body", "answer", "kind"), (tickets.Columns.Text, tickets.Columns.TextPair, tickets.Columns.Label));
        DataSetOptions letters = agent.Agent.Data[1];
        Assert.Equal((DataSetTask.LanguageModel, folder.In("letters.txt"), folder.In("b.jsonl"), "q", "a"), (letters.Task, letters.Files[0], letters.HeldOutFile, letters.LanguageColumns.Prompt, letters.LanguageColumns.Completion));
        Assert.Equal(new ModelOptions("small", folder.In("model")), Assert.Single(agent.Agent.Models));
        Assert.Equal((WeightStorage.EightBit, false, "command"), (agent.Storage, agent.MeasureDevice, agent.Agent.Engine));
        TrainerOptions trainer = agent.Agent.Trainer!;
        Assert.Equal(["python3", "trainer.py"], trainer.Command);
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1), TimeSpan.FromHours(2), 2L << 30), (trainer.Silence, trainer.Grace, trainer.Time!.Value, trainer.MemoryBytes!.Value));
        AllowOptions allow = agent.Agent.Allow;
        Assert.Equal([DataSetTask.Pairs, DataSetTask.LanguageModel], allow.Tasks);
        Assert.Equal((false, false, false, false), (allow.ClassCounts, allow.HeldOutFigures, allow.OnBattery, allow.Metered));
        Assert.Equal(WorkHours.Parse(["22:00-06:00", "Sat,Sun 00:00-24:00"]), allow.Hours);
        Assert.Equal(new LimitOptions { Threads = 4, Nice = 10, DiskBytes = 1_500_000_000 }, agent.Agent.Limits);
        agent.Agent.Validate();
    }

    [Fact]
    public void What_is_not_said_is_as_options_have_it()
    {
        ConfiguredAgent agent = Read("{name: a, data: [{file: a.jsonl}]}");

        var standard = new AgentOptions { Name = "a", Data = [new DataSetOptions { Files = [folder.In("a.jsonl")] }], Models = [ModelOptions.Of(folder.In("model"))], StateFolder = "agent-a-state" };
        Assert.Equal(standard.Data[0] with { Files = [], Labels = [] }, agent.Agent.Data[0] with { Files = [], Labels = [] });
        Assert.Equal((standard.Limits, standard.Engine, standard.Device, standard.Isolate, standard.Role), (agent.Agent.Limits, agent.Agent.Engine, agent.Agent.Device, agent.Agent.Isolate, agent.Agent.Role));
        Assert.Equal(standard.Allow with { Tasks = [] }, agent.Agent.Allow with { Tasks = [] });
        Assert.Equal(standard.Allow.Tasks, agent.Agent.Allow.Tasks);
        Assert.Equal((standard.Models[0], "agent-a-state", Path.Combine("agent-a-state", "agent.log"), true), (agent.Agent.Models[0], agent.Agent.StateFolder, agent.LogFile, agent.MeasureDevice));
        Assert.Equal("amqp://guest@localhost:5672/", agent.Broker.Url);
    }

    [Fact]
    public void The_environment_stands_above_the_file_and_the_command_line_above_both()
    {
        environment["EDGEFLORA_AGENT__LIMITS__THREADS"] = "2";
        environment["EDGEFLORA_AGENT__LIMITS__NICE"] = "3";
        environment["EDGEFLORA_AGENT__DATA__0__HELDOUTFRACTION"] = "0.3";
        environment["EDGEFLORA_BROKER"] = "amqp://u:p@other/";
        options.Add(Option("limits:threads", "5", "--threads"));

        ConfiguredAgent agent = Read("""
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
        environment["EDGEFLORA_AGENT__ALLOW__TASKS__0"] = "lm";
        environment["EDGEFLORA_AGENT__MODELS__OTHER"] = folder.Path;

        ConfiguredAgent agent = Read("{name: a, data: [{file: a.jsonl}], models: {m: model}, allow: {tasks: [classification, pairs]}}");

        Assert.Equal(DataSetTask.LanguageModel, Assert.Single(agent.Agent.Allow.Tasks));
        Assert.Equal(new ModelOptions("other", folder.Path), Assert.Single(agent.Agent.Models));
    }

    [Fact]
    public void A_systemd_credential_is_the_brokers_password()
    {
        environment["CREDENTIALS_DIRECTORY"] = folder.In("credentials");
        Directory.CreateDirectory(folder.In("credentials"));
        File.WriteAllText(folder.In("credentials/broker-password"), "p@ss\n");

        AgentConfiguration configuration = Load("{name: a, broker: {url: 'amqp://farm@broker:5672/'}, data: [{file: a.jsonl}]}");

        Assert.Equal(folder.In("credentials/broker-password"), new AgentSettingsReader(configuration, folder.In("model")).Read().Broker.PasswordFile);
        Assert.Equal("systemd credential broker-password", configuration.Effective().Single(setting => setting.Name == "broker.passwordFile").Origin.ToString());
    }

    [Fact]
    public void A_password_from_the_environment_goes_into_the_address_escaped()
    {
        environment["EDGEFLORA_AGENT__BROKER__PASSWORD"] = "p@ss";

        Assert.Equal("amqp://farm:p%40ss@broker:5672/", Read("{name: a, broker: {url: 'amqp://farm@broker:5672/'}, data: [{file: a.jsonl}]}").Broker.Url);
    }

    [Fact]
    public void Every_mistake_is_told_at_once_with_its_place_its_value_and_what_would_be_right()
    {
        environment["EDGEFLORA_AGENT__LIMITS__THREDS"] = "2";
        environment["EDGEFLORA_AGENT__TRAINER__GRACE"] = "1 year";
        options.Add(Option("role", "poet", "--role"));

        string[] mistakes = Mistakes("""
            name: Farm 3
            data:
              - file: nowhere.jsonl
                taks: lm
                heldOutFraction: 1
              - file: b.jsonl
            labels: {site: 'a b'}
            engine: gpu
            allow:
              hours: [22-6]
              onBattery: perhaps
            limits:
              threads: 0
              disk: 5
              speed: high
            broker: {url: 'amqp://farm:geheim@broker/', password: geheim}
            weights:
            models: model
            """);

        Assert.Equal(
        [
            "agent.yaml:17: weights has no value; write one, or leave the line out",
            "agent.yaml:1: name is 'Farm 3'; it must be 1 … 64 of the characters a-z, 0-9 and -",
            "agent.yaml:3: data[0].file is 'nowhere.jsonl', which does not exist; give a JSONL, CSV or TSV file with the columns text and label, or for lm with texts",
            "agent.yaml:4: data[0].taks is no setting; the nearest is data[0].task",
            "agent.yaml:5: data[0].heldOutFraction is '1'; it must be a number, 0 … 0.9",
            "agent.yaml:7: labels.site is 'a b'; it must be 1 … 63 letters, digits, '.', '_' and '-'",
            "agent.yaml:8: engine is 'gpu'; it must be one of auto, portable, torch, command",
            "agent.yaml:10: allow.hours[0] is '22-6'; it must be like 22:00-06:00, or Sat,Sun 00:00-24:00, or Mon-Fri 18:00-08:00",
            "agent.yaml:11: allow.onBattery is 'perhaps'; it must be yes or no",
            "agent.yaml:13: limits.threads is '0'; it must be a whole number, 1 … 1024",
            "agent.yaml:14: limits.disk is '5'; it must be at least 1 MB, as a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB",
            "agent.yaml:15: limits.speed is no setting; limits has threads, nice, disk",
            "agent.yaml:16: broker.url holds a password, which a file of settings must not; name a file with broker.passwordFile, or use the systemd credential broker-password or EDGEFLORA_AGENT__BROKER__PASSWORD",
            "agent.yaml:16: broker.password holds a password, which a file of settings must not; name a file with broker.passwordFile, or use the systemd credential broker-password or EDGEFLORA_AGENT__BROKER__PASSWORD",
            "agent.yaml:18: models is 'model'; it must hold a list, or names with values",
            "EDGEFLORA_AGENT__LIMITS__THREDS is no setting; the nearest is EDGEFLORA_AGENT__LIMITS__THREADS",
            "EDGEFLORA_AGENT__TRAINER__GRACE is '1 year'; it must be 0 s … 10 min, as a number with ms, s, min, h or d",
            "--role is 'poet'; it must be one of trainer, evaluator",
        ],
            mistakes[..18]);
        Assert.DoesNotContain(mistakes, mistake => mistake.Contains("geheim", StringComparison.Ordinal));
        Assert.Equal(
        [
            "agent.yaml: data[1].name is 'default', as another data set's; give each a name of its own",
            "EDGEFLORA_AGENT__TRAINER__GRACE is given, but engine is 'gpu'; it goes with engine: command",
        ],
            mistakes[18..]);
    }

    [Fact]
    public void What_enrolment_left_says_who_the_agent_is_and_where_its_broker_is()
    {
        Enrol("state");

        ConfiguredAgent agent = Read("{state: state, data: [{file: a.jsonl}]}");

        Assert.Equal(("pump-1", "edgeflora-agent-pump-1", true), (agent.Agent.Name, agent.Agent.BrokerUser, agent.Agent.IsEnrolled));
        Assert.Equal(("amqps://edgeflora-agent-pump-1@broker.example/", folder.In("state/broker.password"), "the-broker"), (agent.Broker.Url, agent.Broker.PasswordFile, agent.Broker.ServerName));
        Assert.StartsWith("enrolment (", Load("{state: state, data: [{file: a.jsonl}]}").Effective().Single(setting => setting.Name == "broker.url").Origin.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_broker_gets_nothing_of_what_enrolment_left()
    {
        Enrol("state");

        ConfiguredAgent agent = Read("{state: state, data: [{file: a.jsonl}], broker: {url: 'amqp://farm@elsewhere/'}}");

        Assert.Equal(("pump-1", "farm", false), (agent.Agent.Name, agent.Agent.BrokerUser, agent.Agent.IsEnrolled));
        Assert.Equal(("amqp://farm@elsewhere/", null, null), (agent.Broker.Url, agent.Broker.PasswordFile, agent.Broker.ServerName));
    }

    [Fact]
    public void An_enrolment_that_is_damaged_is_told()
    {
        Enrol("state");
        File.WriteAllText(folder.In("state/enrolment.json"), "{");

        Assert.StartsWith("'state/enrolment.json' is damaged; enrol the agent again: edgeflora agent enroll URL --token TOKEN", Mistakes("{state: state, data: [{file: a.jsonl}]}")[0], StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Together => new()
    {
        { "data: [{file: a.jsonl}]", "agent.yaml: name is missing; the agent's name, unique at its broker" },
        { "name: a", "agent.yaml: data is missing; a trainer needs a JSONL, CSV or TSV file to train on" },
        { "{name: a, data: [{heldOut: a.jsonl}]}", "agent.yaml: data[0].file is missing; a trainer needs a JSONL, CSV or TSV file to train on" },
        { "{name: a, role: evaluator, data: [{file: a.jsonl}]}", "agent.yaml: data[0].heldOut is missing; an evaluator needs a JSONL, CSV or TSV file to measure on" },
        { "{name: a, data: [{file: a.jsonl, files: [b.jsonl]}]}", "agent.yaml:1: data[0].file is given beside data[0].files; write one of them" },
        { "{name: a, data: [{file: a.jsonl, name: x}, {file: b.jsonl, name: x}]}", "agent.yaml:1: data[1].name is 'x', as another data set's; give each a name of its own" },
        { "{name: a, data: [{file: a.jsonl}], engine: command}", "agent.yaml:1: engine is 'command', which needs trainer.command: a program and its arguments" },
        { "{name: a, data: [{file: a.jsonl}], trainer: {grace: 1 s}}", "agent.yaml:1: trainer.grace is given, but engine is 'auto'; it goes with engine: command" },
        { "{name: a, data: [{file: a.jsonl}], broker: {url: 'http://broker'}}", "agent.yaml:1: broker.url begins with http://; write amqp:// or amqps://" },
        { "{name: a, data: [{file: a.jsonl}], broker: {passwordFile: a.jsonl}}", "agent.yaml:1: broker.passwordFile is 'a.jsonl', which cannot be used (its first line is empty); give a file whose first line is the password" },
        { "- name", "agent.yaml:1: a configuration consists of lines like name: value" },
        { "name: a\nname: b", "agent.yaml:2: this is no YAML: " },
        { "name: a\n  data: [", "agent.yaml:2: this is no YAML: " },
        { "name: a\n---\nname: b", "agent.yaml:3: a second document begins here; a configuration is one" },
    };

    [Theory]
    [MemberData(nameof(Together))]
    public void Settings_that_are_missing_or_do_not_go_together_are_told(string yaml, string said) => Assert.StartsWith(said, Mistakes(yaml)[0], StringComparison.Ordinal);

    [Fact]
    public void An_option_that_could_be_about_several_data_sets_is_refused()
    {
        options.Add(Option("data:0:file", folder.In("b.jsonl"), "--data"));

        Assert.StartsWith("--data is given beside 2 data sets of agent.yaml", Mistakes("{name: a, data: [{file: a.jsonl}, {file: b.jsonl, name: b}]}")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_file_messages_name_options() =>
        Assert.Equal(["--name is missing; the agent's name, unique at its broker", "--data is missing; a trainer needs a JSONL, CSV or TSV file to train on"], Mistakes(null));

    [Fact]
    public void What_holds_is_shown_with_its_origin_and_without_secrets()
    {
        environment["EDGEFLORA_AGENT__BROKER__PASSWORD"] = "geheim";
        environment["EDGEFLORA_AGENT__BROKER__URL"] = "amqp://farm:geheim@broker/";
        options.Add(Option("limits:threads", "5", "--threads"));

        IReadOnlyList<EffectiveSetting> shown = Load("name: a\ndata:\n  - file: a.jsonl\n").Effective();

        string[] lines = [.. shown.Select(setting => $"{setting.Name} = {setting.Value} ({setting.Origin})".Replace(folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];
        Assert.Contains("name = a (agent.yaml:1)", lines);
        Assert.Contains("data[0].file = a.jsonl (agent.yaml:3)", lines);
        Assert.Contains("data[0].heldOutFraction = 0.2 (default)", lines);
        Assert.Contains("limits.threads = 5 (--threads)", lines);
        Assert.Contains("broker.password = (hidden) (environment variable EDGEFLORA_AGENT__BROKER__PASSWORD)", lines);
        Assert.Contains("broker.url = amqp://farm:(hidden)@broker/ (environment variable EDGEFLORA_AGENT__BROKER__URL)", lines);
        Assert.DoesNotContain(lines, line => line.Contains("geheim", StringComparison.Ordinal));
    }

    private static GivenSetting Option(string key, string value, string name) => new(key, value, new SettingOrigin(OriginKind.Option, name));

    private void Enrol(string state)
    {
        using AgentStateFolder held = AgentStateFolder.Open(folder.In(state), "pump-1");
        new StoredEnrolment("pump-1", "amqps://edgeflora-agent-pump-1@broker.example/", "https://service", Fingerprint: null, "the-broker").Write(folder.In(state), "secret", authorities: null);
    }

    private ConfiguredAgent Read(string? yaml) => new AgentSettingsReader(Load(yaml), folder.In("model")).Read();

    private string[] Mistakes(string? yaml) =>
        [.. Assert.Throws<AgentConfigurationException>(() => Read(yaml)).Mistakes.Select(mistake => mistake.Replace(folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];

    private AgentConfiguration Load(string? yaml)
    {
        string file = folder.In("agent.yaml");
        if (yaml is not null)
        {
            File.WriteAllText(file, yaml);
        }

        return AgentConfiguration.Load(yaml is null ? null : file, environment, options);
    }
}
