using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>Options that say how an agent works: each is a setting of its configuration, above the file's and the environment's.</summary>
internal sealed class AgentArguments
{
    private const string ModelKey = "models:model";

    private readonly Option<string> config = new("--config")
    {
        Description = "File of settings, YAML; environment variables EDGEFLORA_AGENT__… stand above it, options above both (docs/agent.md)",
        HelpName = "FILE",
    };
    private readonly BrokerArguments broker = new();
    private readonly Option<string[]> drill = DrillOption.Create();
    private readonly IReadOnlyList<(string Key, Option Option, Func<ParseResult, string> Value)> settings;

    public AgentArguments()
    {
        settings =
        [
            Text("name", new("--name") { Description = "Name of the agent, unique at the broker: a-z, 0-9 and -", HelpName = "NAME" }),
            Text(
                "data:0:file",
                new("--data")
                {
                    Description = "Private data to train on: JSONL, CSV or TSV with the columns text, label and, for pairs, text_pair; "
                        + "for lm text, or prompt and completion, or a plain .txt",
                    HelpName = "FILE",
                }),
            Text(
                "data:0:heldOut",
                new("--held-out") { Description = "Data to measure on, in the same form; without it a fraction of --data", HelpName = "FILE" }),
            Number("data:0:heldOutFraction", Ranged.Number("--held-out-fraction", "Fraction of --data that is never trained on", "", 0, 0.9, 0.2)),
            Text("data:0:specialTokens", SpecialTokensOption.Create()),
            Text(
                "role",
                Ranged.Choice(
                    "--role",
                    "trainer trains on private data, evaluator measures every global adapter on --held-out",
                    ["trainer", "evaluator"],
                    "trainer")),
            Text("data:0:task", LearningTaskOption.Create("What may be learnt from the data; a run that learns something else is not joined")),
            Text(ModelKey, ModelOption.Create()),
            Text("weights", WeightsOption.ForAgent()),
            .. broker.All.Select(OfBroker),
            Text(
                "state", new("--state") { Description = "Folder for journal, checkpoints and cache; without it agent-NAME-state", HelpName = "DIR" }),
            Text("engine", EngineSelection.AgentEngineOption()),
            Text("device", EngineSelection.DeviceOption()),
            Flag(
                "isolate",
                new("--isolate")
                {
                    Description = "Train in a process of its own for each task, as torch always does: if it is killed, "
                        + "the agent goes on from the last checkpoint",
                },
                "yes"),
            Number(
                "limits:threads", Ranged.Number("--threads", "Threads for training; the result is the same for any number", "threads", 1, 1024, 1)),
            Text(
                "limits:memory",
                new("--memory")
                {
                    Description = "Memory that the agent and what trains for it may take in all, e.g. 512 MB: tasks are made to fit into it "
                        + "or declined; without it as much as the system leaves",
                    HelpName = "SIZE",
                }),
            Flag(
                "measure",
                new("--no-measure")
                {
                    Description = "Do not measure this device at the first start: the coordinator is not told what it can train, "
                        + "and torch declines no task for want of memory",
                },
                "no"),
            Text(
                "log",
                new("--log")
                {
                    Description = "Log files, the day in the name before its ending, the newest 8 of 5 MiB kept; "
                        + "without it agent.log in the state folder",
                    HelpName = "FILE",
                }),
        ];
    }

    public IEnumerable<Option> All => [config, .. settings.Select(setting => setting.Option), drill];

    /// <summary>What the command line, the environment and the file say together.</summary>
    public AgentConfiguration Configuration(ParseResult parsed) => Configuration(parsed, Variables());

    /// <summary>What they come to.</summary>
    /// <exception cref="AgentConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    /// <exception cref="InputException">A drill is of no known form.</exception>
    public ConfiguredAgent Read(ParseResult parsed) => Read(parsed, Variables());

    /// <inheritdoc cref="Read(ParseResult)"/>
    /// <param name="environment">Environment variables that count.</param>
    public ConfiguredAgent Read(ParseResult parsed, IReadOnlyDictionary<string, string> environment)
    {
        ConfiguredAgent configured = new AgentSettingsReader(Configuration(parsed, environment), ModelOption.EmbeddedFolder).Read();
        broker.WarnOfPassword(parsed);
        AgentDrill drills = DrillOption.Parse(parsed.GetValue(drill) ?? []);
        return configured with { Agent = configured.Agent with { Drill = drills } };
    }

    private AgentConfiguration Configuration(ParseResult parsed, IReadOnlyDictionary<string, string> environment) =>
        AgentConfiguration.Load(parsed.GetValue(config), environment, [.. Given(parsed)]);

    private static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables()
        .Cast<System.Collections.DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);

    private static (string Key, Option Option, Func<ParseResult, string> Value) Text(string key, Option<string> option) =>
        (key, option, parsed => parsed.GetValue(option) ?? "");

    private static (string Key, Option Option, Func<ParseResult, string> Value) Number<T>(string key, Option<T> option, string unit = "")
        where T : IFormattable => (key, option, parsed => parsed.GetRequiredValue(option).ToString(null, CultureInfo.InvariantCulture) + unit);

    private static (string Key, Option Option, Func<ParseResult, string> Value) OfBroker(Option option)
    {
        (string key, string unit) = option.Name switch
        {
            "--broker" => ("url", ""),
            "--broker-timeout" => ("timeout", " s"),
            "--broker-password-file" => ("passwordFile", ""),
            "--broker-server-name" => ("serverName", ""),
            "--broker-certificate" => ("clientCertificate", ""),
            "--broker-key" => ("clientKey", ""),
            _ => (option.Name["--broker-".Length..], ""),
        };
        return ($"broker:{key}", option, parsed => parsed.GetResult(option)!.Tokens[0].Value + unit);
    }

    private static (string Key, Option Option, Func<ParseResult, string> Value) Flag(string key, Option<bool> option, string value) =>
        (key, option, _ => value);

    /// <summary>A model's folder says its name too.</summary>
    private static string KeyOf(string key, string value) =>
        key == ModelKey && value.Length > 0 && $"models:{ModelOptions.Of(value).Name}" is var named && AgentConfiguration.IsSetting(named)
            ? named
            : key;

    private IEnumerable<GivenSetting> Given(ParseResult parsed) => settings
        .Where(setting => parsed.IsGiven(setting.Option))
        .Select(setting => new GivenSetting(
            KeyOf(setting.Key, setting.Value(parsed)), setting.Value(parsed), new SettingOrigin(OriginKind.Option, setting.Option.Name)));
}
