using Microsoft.Extensions.Configuration;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>
/// Settings of an agent from its enrolment, a file, systemd's credentials, the environment and the command line, each above those before it;
/// checked one by one.
/// </summary>
/// <remarks>A list of plain values, or the names of labels and models, is taken whole from the strongest source that gives any of it.</remarks>
internal sealed class AgentConfiguration
{
    private readonly IReadOnlyList<GivenSettings> layers;
    private readonly IConfigurationRoot values;
    private readonly List<string> mistakes = [];

    private AgentConfiguration(string? file, IReadOnlyList<GivenSettings> layers, OriginKind strongest)
    {
        File = file;
        Strongest = strongest;
        this.layers = layers;
        var builder = new ConfigurationBuilder();
        foreach (GivenSettings layer in layers)
        {
            builder.Add(layer);
        }

        values = builder.Build();
    }

    /// <summary>The configuration file, as it was given; null without one.</summary>
    public string? File { get; }

    /// <summary>Who has the last word: what is missing is said in its words.</summary>
    internal OriginKind Strongest { get; }

    /// <summary>What is wrong so far, a line each.</summary>
    internal IReadOnlyList<string> Mistakes => mistakes;

    /// <summary>Reads all sources. What is wrong is told by <see cref="AgentSettingsReader"/>, all at once.</summary>
    /// <param name="file">A YAML file; null for none.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="options">What the command line gives.</param>
    public static AgentConfiguration Load(string? file, IReadOnlyDictionary<string, string> environment, IReadOnlyList<GivenSetting> options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        return Load(
            file,
            "--config",
            [EnvironmentSettings.ReadCredentials(environment), EnvironmentSettings.Read(environment), options],
            OriginKind.Option);
    }

    /// <summary>Settings of an agent within a product, which reads no environment by itself.</summary>
    /// <param name="file">A YAML file; null for none.</param>
    /// <param name="section">What a section of the product's configuration gives.</param>
    /// <param name="code">What the product's code gives.</param>
    internal static AgentConfiguration LoadEmbedded(string? file, IReadOnlyList<GivenSetting> section, IReadOnlyList<GivenSetting> code) =>
        Load(file, "ConfigurationFile", [section, code], OriginKind.Code);

    private static AgentConfiguration Load(
        string? file, string fileIs, IReadOnlyList<IReadOnlyList<GivenSetting>> above, OriginKind strongest)
    {
        List<string> broken = [];
        IReadOnlyList<GivenSetting>[] given = [file is null ? [] : YamlSettings.Read(file, broken, fileIs), .. above];
        var configuration = new AgentConfiguration(
            file,
            [.. given.Prepend(EnrolmentSettings.Read([.. given.SelectMany(layer => layer)], broken)).Select(layer => new GivenSettings(layer))],
            strongest);
        configuration.mistakes.AddRange(broken);
        configuration.Check();
        return configuration;
    }

    /// <summary>Whether there is a setting of this key.</summary>
    public static bool IsSetting(string key) => AgentSchema.Of(key) is not null;

    /// <summary>What holds, setting by setting, in the order of the reference; without those that are not given and have no fixed default.</summary>
    public IReadOnlyList<EffectiveSetting> Effective()
    {
        List<EffectiveSetting> effective = [];
        foreach (Setting setting in AgentSchema.All)
        {
            foreach (string key in KeysOf(setting))
            {
                bool given = Given(key) is not null;
                if (given || !setting.IsItem)
                {
                    string value = !given ? setting.Default : setting.IsSecret ? "(hidden)" : WithoutPassword(Given(key)!.Value);
                    effective.Add(new EffectiveSetting(AgentSchema.Written(key), value, Given(key)?.Origin ?? SettingOrigin.Default));
                }
            }
        }

        return effective;
    }

    /// <summary>The strongest value of a key; null if nobody gives one.</summary>
    internal GivenSetting? Given(string key) => layers.Reverse()
        .Where(layer => layer.TryGet(key, out _))
        .Select(layer => new GivenSetting(key, values[key] ?? "", layer.OriginOf(key)))
        .FirstOrDefault();

    /// <summary>Places or names that are given directly below a key, in order; of plain values those of the strongest source only.</summary>
    internal IReadOnlyList<string> Below(string key)
    {
        bool plain = AgentSchema.All.Any(setting => setting.IsItem && AgentSchema.Of($"{key}:0") == setting);

        // Beside the names of models stand settings about all of them, which are none.
        bool Counts(GivenSetting given) => IsBelow(given.Key, key) && (!plain || AgentSchema.Of(given.Key) is null or { IsItem: true });
        IEnumerable<GivenSettings> sources = plain ? layers.Reverse().Where(layer => layer.All.Any(Counts)).Take(1) : layers;
        return [.. sources
            .SelectMany(layer => layer.All)
            .Where(Counts)
            .Select(setting => setting.Key[(key.Length + 1)..].Split(':')[0])
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderBy(part => part, ConfigurationKeyComparer.Instance)];
    }

    /// <summary>A path as the process takes it: what a file of settings names counts from that file's folder.</summary>
    internal static string Resolved(GivenSetting given) => given.Origin.Kind == OriginKind.File
        ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(given.Origin.Name))!, given.Value)
        : given.Value;

    internal void AddMistake(string mistake) => mistakes.Add(mistake);

    private static bool IsBelow(string key, string above) =>
        key.Length > above.Length && key[above.Length] == ':' && key.StartsWith(above, StringComparison.OrdinalIgnoreCase);

    private static string WithoutPassword(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && url.UserInfo.Split(':', 2) is [var user, _]
            ? value.Replace(url.UserInfo, $"{user}:(hidden)", StringComparison.Ordinal)
            : value;

    private void Check()
    {
        foreach (GivenSetting given in layers.SelectMany(layer => layer.All))
        {
            Setting? setting = AgentSchema.Of(given.Key);
            string begin = given.Origin.Begin(AgentSchema.Written(given.Key));
            if (setting is null)
            {
                mistakes.Add($"{begin} {Unknown(given)}");
            }
            else if (given.Origin.Kind == OriginKind.File && (setting.IsSecret || HoldsPassword(given)))
            {
                mistakes.Add(
                    $"{begin} holds a password, which a file of settings must not; name a file with broker.passwordFile, "
                        + $"or use the systemd credential {EnvironmentSettings.PasswordCredential} or {EnvironmentSettings.Prefix}BROKER__PASSWORD");
            }
            else if (Given(given.Key)!.Origin == given.Origin && !setting.Form.Fits(setting.Form.IsPath ? Resolved(given) : given.Value))
            {
                mistakes.Add($"{begin} is '{(setting.IsSecret ? "(hidden)" : given.Value)}'{Wrong(setting)}");
            }
        }
    }

    private static string Wrong(Setting setting) => setting.Form switch
    {
        var form when form == SettingForm.ExistingFile => $", which does not exist; "
            + (setting.Key.StartsWith("data", StringComparison.Ordinal)
                ? "give a JSONL, CSV or TSV file with the columns text and label, or for lm with texts"
                : "give a file"),
        var form when form == SettingForm.ExistingFolder => ", which is no folder; give a folder with config.json and model.safetensors",
        var form => $"; it must be {form.Right}",
    };

    private static bool HoldsPassword(GivenSetting given) =>
        given.Key.Equals("broker:url", StringComparison.OrdinalIgnoreCase)
            && Uri.TryCreate(given.Value, UriKind.Absolute, out Uri? url)
            && url.UserInfo.Contains(':', StringComparison.Ordinal);

    private static string Unknown(GivenSetting given)
    {
        if (AgentSchema.Below(given.Key) is { Count: > 0 } below)
        {
            IEnumerable<string> names = below.Select(name => name == "*" ? "names with values" : name);
            return $"is '{given.Value}'; it must hold {(below is ["*"] ? "a list, or names with values" : string.Join(", ", names))}";
        }

        string? nearest = AgentSchema.Nearest(given.Key);
        if (nearest is not null && given.Origin.Kind == OriginKind.Environment)
        {
            return $"is no setting; the nearest is "
                + $"{EnvironmentSettings.Prefix}{nearest.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant()}";
        }

        if (nearest is not null)
        {
            return $"is no setting; the nearest is {AgentSchema.Written(nearest)}";
        }

        string above = given.Key[..Math.Max(0, given.Key.LastIndexOf(':'))];
        return above.Length > 0 && AgentSchema.Below(above) is { Count: > 0 } beside
            ? $"is no setting; {AgentSchema.Written(above)} has {string.Join(", ", beside)}"
            : "is no setting; docs/agent.md lists all";
    }

    private IEnumerable<string> KeysOf(Setting setting)
    {
        IEnumerable<string> keys = [""];
        foreach (string part in setting.Key.Split(':'))
        {
            keys = part == "*"
                ? keys.SelectMany(above => Below(above).Select(place => $"{above}:{place}")).ToArray()
                : keys.Select(above => above.Length == 0 ? part : $"{above}:{part}").ToArray();
        }

        return keys;
    }
}
