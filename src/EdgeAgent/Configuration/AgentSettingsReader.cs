using System.Globalization;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>Makes options of settings, and checks what several settings say together.</summary>
/// <param name="standardModel">Folder of the model that comes with EdgeFlora, for where none is given; null: none comes with it.</param>
internal sealed class AgentSettingsReader(AgentConfiguration settings, string? standardModel)
{
    private const string StandardBroker = "amqp://guest@localhost:5672/";

    /// <summary>Makes the options.</summary>
    /// <exception cref="AgentConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public ConfiguredAgent Read()
    {
        bool trains = Text("role") != "evaluator";
        string name = Needed("name", "name", "the agent's name, unique at its broker");
        BrokerOptions? broker = new BrokerSettingsReader(settings).Read(
            StandardBroker, SettingForm.ReadDuration(Text("broker:timeout") ?? "") ?? TimeSpan.FromSeconds(10));
        DataSetOptions[] data = Data(trains);
        TrainerOptions? trainer = Trainer();
        OwnModelsNamed();
        ModelOptions[] models = Models();
        if (settings.Mistakes.Count > 0 || broker is null)
        {
            throw new AgentConfigurationException([.. settings.Mistakes]);
        }

        string state = Path("state") ?? AgentOptions.StandardState(name);
        var options = new AgentOptions
        {
            Name = name,
            BrokerUser = broker.User,
            Role = trains ? AgentRole.Trainer : AgentRole.Evaluator,
            Data = data,
            Models = models,
            ModelCache = ModelCache(),
            Labels = settings.Below("labels").ToDictionary(label => label, label => Text($"labels:{label}")!, StringComparer.Ordinal),
            Allow = Allow(),
            Limits = new LimitOptions
            {
                Threads = Whole("limits:threads") ?? 1,
                Nice = Whole("limits:nice") ?? 0,
                DiskBytes = Bytes("limits:disk"),
                MemoryBytes = Bytes("limits:memory"),
                BytesUp = Bytes("limits:up"),
                BytesDown = Bytes("limits:down"),
                RoundWeights = Text("weights") is null or "auto",
            },
            StateFolder = state,
            Engine = Text("engine") ?? "auto",
            Device = Text("device") ?? "auto",
            Isolate = YesNo("isolate", false),
            Trainer = trainer,
        };
        return new ConfiguredAgent(
            options, broker, Path("log") ?? System.IO.Path.Combine(state, "agent.log"), Storage(Text("weights")), YesNo("measure", true))
        {
            PasswordAge = PasswordAge(),
        };
    }

    /// <summary>Only a password that enrolment has left, for the broker that it has named, is the agent's own to change.</summary>
    private TimeSpan? PasswordAge() =>
        settings.Given("broker:url")?.Origin.Kind == OriginKind.Enrolment
            && settings.Given("broker:passwordFile")?.Origin.Kind == OriginKind.Enrolment
            && settings.Given("broker:password") is null
            ? SettingForm.ReadDuration(Text("broker:passwordAge") ?? "30 d")
            : null;

    private ModelOptions[] Models()
    {
        if (settings.Below("models") is { Count: > 0 } given)
        {
            return [.. given.Select(model => new ModelOptions(model, Path($"models:{model}")!))];
        }

        if (standardModel is null)
        {
            Missing("models", "no base model comes with the program: give at least one folder, under a name", "models.NAME");
            return [];
        }

        return [ModelOptions.Of(standardModel)];
    }

    private static WeightStorage Storage(string? name) => name switch
    {
        "single" => WeightStorage.Singles,
        "bf16" => WeightStorage.Bf16,
        "int8" => WeightStorage.EightBit,
        "nf4" => WeightStorage.FourBit,
        _ => WeightStorage.Mapped,
    };

    private DataSetOptions[] Data(bool trains)
    {
        IReadOnlyList<string> places = settings.Below("data");
        OneSetOnly(places);
        if (places.Count == 0)
        {
            Missing(
                trains ? "data" : "held-out",
                trains ? "a trainer needs a JSONL, CSV or TSV file to train on" : "an evaluator needs a JSONL, CSV or TSV file to measure on");
            return [];
        }

        DataSetOptions[] sets = [.. places.Select(place => DataSet($"data:{place}", trains))];
        for (int i = 1; i < sets.Length; i++)
        {
            if (sets.Take(i).Any(set => set.Name == sets[i].Name))
            {
                string key = $"data:{places[i]}:name";
                settings.AddMistake(
                    $"{Where(key, $"{settings.File ?? "the environment"}: {AgentSchema.Written(key)}")} is '{sets[i].Name}', "
                        + $"as another data set's; give each a name of its own");
            }
        }

        return sets;
    }

    /// <summary>The command line speaks of one data set; with several it could mean any.</summary>
    private void OneSetOnly(IReadOnlyList<string> places)
    {
        string[] keys = ["data:0:file", "data:0:heldOut", "data:0:heldOutFraction", "data:0:specialTokens", "data:0:task"];
        if (places.Count > 1 && keys.Select(settings.Given).FirstOrDefault(given => given?.Origin.Kind == OriginKind.Option) is { } option)
        {
            settings.AddMistake(
                $"{option.Origin.Name} is given beside {places.Count} data sets of {settings.File ?? "the environment"}, and could be about any; "
                    + $"leave it out");
        }
    }

    private DataSetOptions DataSet(string key, bool trains)
    {
        string[] files = [.. settings.Below($"{key}:files").Select(place => Path($"{key}:files:{place}")!)];
        string? file = Path($"{key}:file");
        string? heldOut = Path($"{key}:heldOut");
        if (file is not null && files.Length > 0)
        {
            settings.AddMistake($"{Where($"{key}:file", key)} is given beside {AgentSchema.Written(key)}.files; write one of them");
        }

        if (trains && file is null && files.Length == 0)
        {
            Missing("data", "a trainer needs a JSONL, CSV or TSV file to train on", $"{AgentSchema.Written(key)}.file");
        }

        if (!trains && heldOut is null)
        {
            Missing("held-out", "an evaluator needs a JSONL, CSV or TSV file to measure on", $"{AgentSchema.Written(key)}.heldOut");
        }

        var standard = new DataSetOptions();
        string Column(string name, string otherwise) => Text($"{key}:columns:{name}") ?? otherwise;
        return standard with
        {
            Name = Text($"{key}:name") ?? DataSetOptions.StandardName,
            Task = (DataSetTask)Math.Max(0, DataSetTasks.Names.ToList().IndexOf(Text($"{key}:task") ?? DataSetTasks.Names[0])),
            Files = file is not null ? [file] : files,
            HeldOutFile = heldOut,
            HeldOutFraction = double.TryParse(Text($"{key}:heldOutFraction"), CultureInfo.InvariantCulture, out double fraction)
                ? fraction
                : standard.HeldOutFraction,
            HeldOutSeed = ulong.TryParse(Text($"{key}:heldOutSeed"), CultureInfo.InvariantCulture, out ulong seed) ? seed : 0,
            MatchesSpecialTokens = Text($"{key}:specialTokens") switch
            {
                "tokens" => true,
                "text" => false,
                _ => null,
            },
            Labels = [.. settings.Below($"{key}:labels").Select(place => Text($"{key}:labels:{place}")!)],
            Columns = new() { Text = Column("text", "text"), TextPair = Column("textPair", "text_pair"), Label = Column("label", "label") },
            LanguageColumns = new()
            {
                Text = Column("text", "text"),
                Prompt = Column("prompt", "prompt"),
                Completion = Column("completion", "completion"),
            },
        };
    }

    /// <summary>The model that comes with EdgeFlora is none of the owner's: it is not taken unasked where only theirs may be.</summary>
    private void OwnModelsNamed()
    {
        if (YesNo("allow:localModelsOnly", false) && settings.Below("models").Count == 0)
        {
            settings.AddMistake(
                $"{Where("allow:localModelsOnly", "allow.localModelsOnly")} is '{Text("allow:localModelsOnly")}', but models names no folder; "
                    + "name those that may be trained on, or leave it out");
        }
    }

    private TrainerOptions? Trainer()
    {
        string[] command = [.. settings.Below("trainer:command").Select(place => Text($"trainer:command:{place}")!)];
        bool wanted = Text("engine") == AgentOptions.CommandEngine;
        if (wanted && command.Length == 0)
        {
            settings.AddMistake(
                $"{Where("engine", "engine")} is '{AgentOptions.CommandEngine}', which needs trainer.command: a program and its arguments");
        }

        if (!wanted && settings.Below("trainer").Count > 0)
        {
            string first = settings.Below("trainer")[0];
            settings.AddMistake(
                $"{Where(first == "command" ? "trainer:command:0" : $"trainer:{first}", $"trainer.{first}")} is given, "
                    + $"but engine is '{Text("engine") ?? "auto"}'; it goes with engine: {AgentOptions.CommandEngine}");
        }

        var standard = new TrainerOptions { Command = command };
        return !wanted ? null : standard with
        {
            Silence = SettingForm.ReadDuration(Text("trainer:silence") ?? "") ?? standard.Silence,
            Grace = SettingForm.ReadDuration(Text("trainer:grace") ?? "") ?? standard.Grace,
            Time = SettingForm.ReadDuration(Text("trainer:time") ?? ""),
            MemoryBytes = SettingForm.ReadBytes(Text("trainer:memory") ?? ""),
        };
    }

    private AllowOptions Allow()
    {
        var standard = new AllowOptions();
        string[] tasks = [.. settings.Below("allow:tasks").Select(place => Text($"allow:tasks:{place}")!)];
        return standard with
        {
            Tasks = tasks.Length > 0 ? [.. tasks.Select(task => (DataSetTask)DataSetTasks.Names.ToList().IndexOf(task))] : standard.Tasks,
            ClassCounts = YesNo("allow:classCounts", true),
            HeldOutFigures = YesNo("allow:heldOutFigures", true),
            LocalModelsOnly = YesNo("allow:localModelsOnly", false),
            Hours = WorkHours.Parse(settings.Below("allow:hours").Select(place => Text($"allow:hours:{place}")!)),
            OnBattery = YesNo("allow:onBattery", true),
            Metered = YesNo("allow:metered", true),
            Terminal = YesNo("allow:terminal", true),
        };
    }

    private ModelCacheOptions ModelCache()
    {
        var standard = new ModelCacheOptions();
        return standard with
        {
            Fetch = YesNo("models:fetch", standard.Fetch),
            Folder = Path("models:cache:folder"),
            LimitBytes = Bytes("models:cache:limit") ?? standard.LimitBytes,
        };
    }

    private string? Text(string key) => settings.Given(key)?.Value;

    private string? Path(string key) => settings.Given(key) is { } given ? AgentConfiguration.Resolved(given) : null;

    private int? Whole(string key) => int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    private long? Bytes(string key) => SettingForm.ReadBytes(Text(key) ?? "");

    private bool YesNo(string key, bool otherwise) => SettingForm.ReadYesNo(Text(key) ?? "") ?? otherwise;

    private string Needed(string key, string option, string what)
    {
        if (Text(key) is { } text)
        {
            return text;
        }

        Missing(option, what);
        return "";
    }

    /// <param name="setting">As a file writes it, where that is not the option's name.</param>
    private void Missing(string option, string what, string? setting = null) =>
        settings.AddMistake(settings switch
        {
            { Strongest: OriginKind.Code } => $"{setting ?? option} is missing; {what}",
            { File: { } file } => $"{file}: {setting ?? option} is missing; {what}",
            _ => $"--{option} is missing; {what}",
        });

    private string Where(string key, string otherwise) => settings.Given(key) is { } given ? given.Origin.Begin(AgentSchema.Written(key)) : otherwise;
}
