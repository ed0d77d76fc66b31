using System.Text.RegularExpressions;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>All settings of an agent: the one place that says which there are, what they may be and what they do.</summary>
internal static partial class AgentSchema
{
    /// <summary>A word with at most so many letters wrong, missing or too many is probably a slip.</summary>
    private const int NearLetters = 3;

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("name", SettingForm.Name, "(needed)", "Name of the agent, unique at its broker."),
        new(
            "role",
            SettingForm.Choice("trainer", "evaluator"),
            "trainer",
            "A trainer trains on private data; an evaluator measures every global adapter on held-out data."),
        new("state", SettingForm.Path, "agent-NAME-state", "Folder for journal, checkpoints, cache and log; one agent, one folder."),
        new("log", SettingForm.Path, "agent.log in the state folder", "Log file."),
        new(
            "labels:*",
            SettingForm.Label,
            "(none)",
            "What the coordinator is told of the agent, for selecting agents; the name stands in place of *."),

        new(
            "broker:url",
            SettingForm.Text,
            "amqp://guest@localhost:5672/",
            "RabbitMQ, amqp[s]://user@host:port/vhost. A file of settings holds no password: give it by broker.passwordFile, "
                + "a credential or the environment."),
        new("broker:password", SettingForm.Text, "(none)", "The user's password at the broker; only by the environment.") { IsSecret = true },
        new(
            "broker:passwordFile",
            SettingForm.Path,
            "the systemd credential broker-password, if there is one",
            "File whose first line is the password."),
        new(
            "broker:ca",
            SettingForm.Path,
            "those the system trusts",
            "PEM file with the authorities that may have signed the broker's certificate (amqps)."),
        new("broker:serverName", SettingForm.Text, "the address's host", "Name that the broker's certificate must bear."),
        new(
            "broker:clientCertificate",
            SettingForm.Path,
            "(none)",
            "PEM file with the agent's own certificate for the broker; it proves the user where no password is given."),
        new("broker:clientKey", SettingForm.Path, "in the same file", "PEM file with the key of broker.clientCertificate."),
        new(
            "broker:passwordAge",
            SettingForm.Duration("1 h", "3650 d"),
            "30 d",
            "Age at which an enrolled agent changes its password at the broker by itself, or up to a tenth earlier."),
        new("broker:timeout", SettingForm.Duration("1 s", "10 min"), "10 s", "Longest a start waits for the broker."),

        new("data:*:name", SettingForm.Name, "default", "Name of the data set, by which a run asks for it."),
        new(
            "data:*:task",
            SettingForm.Choice(DataSetTasks.Names),
            "classification",
            "What may be learnt from it; pairs is classification of rows that are all pairs of texts, lm a language model."),
        new(
            "data:*:file",
            SettingForm.ExistingFile,
            "(needed by a trainer, or files)",
            "Private data to train on: JSONL, CSV or TSV; for lm also .txt, one running text."),
        new("data:*:files:*", SettingForm.ExistingFile, "(none)", "Several such files, in place of file."),
        new(
            "data:*:heldOut",
            SettingForm.ExistingFile,
            "(needed by an evaluator)",
            "Data to measure on, in the same form; without it a fraction of the training data."),
        new("data:*:heldOutFraction", SettingForm.Number(0, 0.9), "0.2", "Fraction of the training data that is never trained on."),
        new("data:*:heldOutSeed", SettingForm.Whole(0, ulong.MaxValue), "0", "Seed of the choice of what is held out."),
        new(
            "data:*:specialTokens",
            SettingForm.Choice("auto", "tokens", "text"),
            "auto",
            "How special tokens are read that are written in texts: as the tokens they name, or as ordinary text; auto reads tokens for lm, "
                + "text otherwise."),
        new("data:*:labels:*", SettingForm.Text, "those that occur", "The labels that rows may have; a row with another is an error."),
        new("data:*:columns:text", SettingForm.Text, "text", "Column of the text."),
        new("data:*:columns:textPair", SettingForm.Text, "text_pair", "Column of a pair's second text."),
        new("data:*:columns:label", SettingForm.Text, "label", "Column of the label."),
        new("data:*:columns:prompt", SettingForm.Text, "prompt", "lm: column of what is given."),
        new("data:*:columns:completion", SettingForm.Text, "completion", "lm: column of what is learnt after the prompt."),

        new(
            "models:fetch",
            SettingForm.YesNo,
            "yes",
            "Whether a model that a task is for and that is not here is fetched from the coordinator, over the broker."),
        new(
            "models:cache:folder",
            SettingForm.Path,
            "model-cache in the state folder",
            "Folder of fetched models; agents of one user may share it, and each model is fetched once."),
        new(
            "models:cache:limit",
            SettingForm.Bytes("1 MB"),
            "10 GB",
            "What fetched models may take of the disk; those that were not used for longest give way, and one that is in use never."),
        new(
            "models:*",
            SettingForm.ExistingFolder,
            "the model that comes with EdgeFlora",
            "Folder of a base model, under a name in place of * other than fetch and cache; loaded when a task asks for its weights."),
        new(
            "weights",
            SettingForm.Choice("auto", "mapped", "single", "bf16", "int8", "nf4"),
            "auto",
            "How base weights are held: mapped from the file, copied in single precision, or rounded to bfloat16, 8 bits or 4 (nf4); auto maps them, "
                + "and rounds them for a task that does not fit into memory otherwise."),

        new(
            "engine",
            SettingForm.Choice(AgentOptions.Engines),
            "auto",
            "What trains; auto takes torch where it has a CUDA device, else portable; command is the program of trainer.command."),
        new("device", SettingForm.Choice(AgentOptions.Devices), "auto", "Where torch computes."),
        new("isolate", SettingForm.YesNo, "no", "Whether each task is trained in a process of its own, as torch always does."),
        new(
            "measure",
            SettingForm.YesNo,
            "yes",
            "Whether the device is measured at the first start: the coordinator is told what it can train, and torch declines tasks that do not "
                + "fit."),
        new(
            "trainer:command:*",
            SettingForm.Text,
            "(needed with engine: command)",
            "Program and arguments; the task's folder is added as the last one. See trainer-contract.md."),
        new("trainer:silence", SettingForm.Duration("1 s", "1 d"), "10 min", "Longest the program may go without a line of progress."),
        new("trainer:grace", SettingForm.Duration("0 s", "10 min"), "30 s", "How long it may take to write a checkpoint when it is told to end."),
        new("trainer:time", SettingForm.Duration("1 s", "30 d"), "as long as the task may last", "Longest it may run in one go."),
        new("trainer:memory", SettingForm.Bytes("1 MiB"), "no limit", "Memory of its own that it may take (prlimit --data; Linux)."),

        new("allow:tasks:*", SettingForm.Choice(DataSetTasks.Names), "all", "What may be learnt, whatever the data sets say."),
        new(
            "allow:classCounts",
            SettingForm.YesNo,
            "yes",
            "Whether a run may be told how many examples of each class there are, which some strategies ask."),
        new(
            "allow:heldOutFigures",
            SettingForm.YesNo,
            "yes",
            "Whether a run may be told how well adapters do on the data held out; without it a trainer measures nothing."),
        new(
            "allow:localModelsOnly",
            SettingForm.YesNo,
            "no",
            "Whether it trains only on base models as they lie in the folders of models: none is fetched, and runs that change the base model's own "
                + "weights are declined."),
        new(
            "allow:hours:*",
            SettingForm.Hours,
            "always",
            "Hours of local time in which the agent may work; outside them training pauses and tasks are declined."),
        new("allow:onBattery", SettingForm.YesNo, "yes", "Whether it may work while the device runs on its battery (told by Linux only)."),
        new("allow:metered", SettingForm.YesNo, "yes", "Whether it may work over a network that is paid by volume (told by NetworkManager only)."),
        new("allow:terminal", SettingForm.YesNo, "yes", "Whether operators may see the last 20 lines of its terminal."),

        new("limits:threads", SettingForm.Whole(1, 1024), "1", "Threads for training; the result is the same for any number."),
        new("limits:nice", SettingForm.Whole(0, 19), "0", "Niceness of what trains: the higher, the more it leaves to others. Not on Windows."),
        new(
            "limits:memory",
            SettingForm.Bytes("64 MB"),
            "what the system leaves",
            "Memory that the agent and what trains for it may take in all; a task is made to fit (smaller parts of a batch, layers computed "
                + "twice, weights in fewer bits), or declined with what would fit."),
        new("limits:up", SettingForm.Bytes("1 kB"), "no limit", "Bytes of updates that are sent in a second."),
        new("limits:down", SettingForm.Bytes("1 kB"), "no limit", "Bytes of adapters that are asked for in a second."),
        new("limits:disk", SettingForm.Bytes("1 MB"), "no limit", "What the state folder may take of the disk; above it tasks are declined."),
    ];

    /// <summary>The setting that a key is; null if it is none.</summary>
    public static Setting? Of(string key) => All.FirstOrDefault(setting => Fits(setting, key));

    /// <summary>A key as a file writes it: <c>data[0].file</c>.</summary>
    public static string Written(string key) => Place().Replace(key, "[$1]").Replace(':', '.');

    /// <summary>A key in the letter case that settings have; environment variables are often in capitals.</summary>
    public static string Spelled(string key)
    {
        if (Of(key) is not { } setting)
        {
            return key.ToLowerInvariant();
        }

        string[] own = key.Split(':');
        return string.Join(':', setting.Key.Split(':').Select((part, i) => part == "*" ? own[i].ToLowerInvariant() : part));
    }

    /// <summary>The setting that was probably meant, as it would be written; null if none is near.</summary>
    public static string? Nearest(string key)
    {
        string[] parts = key.Split(':');
        (string Written, int Distance) best = All
            .Where(setting => !HasNames(setting) || Distance(setting.Key.Split(':')[0], parts[0].ToLowerInvariant()) <= NearLetters)
            .Select(setting => Filled(setting, parts))
            .Select(candidate => (candidate, Distance(candidate.ToLowerInvariant(), key.ToLowerInvariant())))
            .MinBy(pair => pair.Item2);
        return best.Distance <= NearLetters ? best.Written : null;
    }

    /// <summary>What may stand below a key, as words of a file; empty if nothing may.</summary>
    public static IReadOnlyList<string> Below(string key)
    {
        string[] parts = key.Split(':');
        return [.. All
            .Select(setting => setting.Key.Split(':'))
            .Where(
                known => known.Length > parts.Length
                    && parts.Index().All(part => known[part.Index] == "*" ? true : Same(known[part.Index], part.Item)))
            .Select(known => known[parts.Length])
            .Distinct()];
    }

    private static bool Fits(Setting setting, string key)
    {
        string[] parts = key.Split(':');
        string[] known = setting.Key.Split(':');
        return known.Length == parts.Length && known.Index().All(part => part.Item == "*"
            ? IsPlace(setting, parts[part.Index])
            : Same(part.Item, parts[part.Index]));
    }

    // Labels and models have names, all others are lists.
    private static bool HasNames(Setting setting) => setting.Key is "labels:*" or "models:*";

    private static bool IsPlace(Setting setting, string part) =>
        HasNames(setting) ? AgentOptions.IsLabel(part) : part.All(char.IsAsciiDigit) && part.Length is > 0 and < 5;

    private static bool Same(string known, string part) => known.Equals(part, StringComparison.OrdinalIgnoreCase);

    private static string Filled(Setting setting, string[] parts) =>
        string.Join(
            ':',
            setting.Key.Split(':').Select((part, i) => part != "*" ? part : i < parts.Length && IsPlace(setting, parts[i]) ? parts[i] : "0"));

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }

    [GeneratedRegex(@":(\d+)(?=:|\z)")]
    private static partial Regex Place();
}
