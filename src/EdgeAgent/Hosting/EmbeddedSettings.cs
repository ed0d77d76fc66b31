using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Options;
using Microsoft.Extensions.Configuration;

namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>Settings of an agent that its product gives, with the words that the product has for them.</summary>
internal static class EmbeddedSettings
{
    /// <summary>Those of a section; its leaves are settings, by <c>limits:threads</c> or, in JSON, by nesting.</summary>
    public static IReadOnlyList<GivenSetting> Of(IConfiguration? section)
    {
        if (section is null)
        {
            return [];
        }

        string above = section is IConfigurationSection { Path: { Length: > 0 } path } ? $"{path}:" : "";
        return [.. section.AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null && pair.Key.Length > 0)
            .Select(pair => new GivenSetting(AgentSchema.Spelled(pair.Key), pair.Value!, new SettingOrigin(OriginKind.Section, above + pair.Key)))
            .OrderBy(setting => setting.Key, ConfigurationKeyComparer.Instance)];
    }

    /// <summary>Those of code.</summary>
    public static IReadOnlyList<GivenSetting> Of(EdgeAgentOptions options)
    {
        List<GivenSetting> given =
        [
            .. options.Settings.Select(setting => new GivenSetting(
                AgentSchema.Spelled(KeyOf(setting.Key)), setting.Value, new SettingOrigin(OriginKind.Code, $"Settings[\"{setting.Key}\"]"))),
        ];
        Add("name", nameof(options.Name), options.Name);
        Add("state", nameof(options.StateFolder), options.StateFolder);
        Add("broker:url", nameof(options.Broker), options.Broker);
        Add("data:0:file", nameof(options.DataFile), options.DataFile);
        if (options.ModelFolder is { Length: > 0 } folder)
        {
            string named = ModelOptions.Of(folder).Name;
            Add(AgentOptions.IsLabel(named) ? $"models:{named}" : "models:model", nameof(options.ModelFolder), folder);
        }

        return given;

        void Add(string key, string property, string? value)
        {
            if (value is not null)
            {
                given.Add(new GivenSetting(key, value, new SettingOrigin(OriginKind.Code, property)));
            }
        }
    }

    /// <summary>Adds to the mistakes what is wrong with an engine of the product's, and with what goes only with other engines.</summary>
    public static void RequireEngine(AgentConfiguration settings, ITrainingEngine? engine)
    {
        if (engine is null)
        {
            return;
        }

        if (!AgentOptions.IsName(engine.Name))
        {
            settings.AddMistake($"TrainingEngine has the name '{engine.Name}'; it must be {AgentOptions.NameForm}");
        }

        foreach (string key in new[] { "engine", "device", "isolate" })
        {
            if (settings.Given(key) is { } other)
            {
                settings.AddMistake(
                    $"{other.Origin.Begin(key)} is '{other.Value}' beside TrainingEngine, which trains in place of every engine; "
                        + "leave one of them out");
            }
        }
    }

    /// <summary><c>data[0].file</c> as <c>data:0:file</c>. What stands after <c>labels.</c> or <c>models.</c> is a name, and may hold dots.</summary>
    private static string KeyOf(string name)
    {
        foreach (string named in new[] { "labels.", "models." })
        {
            if (name.StartsWith(named, StringComparison.OrdinalIgnoreCase))
            {
                return $"{named[..^1]}:{name[named.Length..]}";
            }
        }

        return name.Replace('[', ':').Replace("]", "", StringComparison.Ordinal).Replace('.', ':');
    }
}
