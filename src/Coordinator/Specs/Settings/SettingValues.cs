using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>The settings that a spec gives, and every mistake found so far.</summary>
internal sealed class SettingValues(string? file)
{
    private readonly Dictionary<Setting, (object? Value, SpecNode Node)> given = [];
    private readonly List<SpecMistake> mistakes = [];

    /// <summary>In the order of the document; those without a place come last.</summary>
    public IReadOnlyList<SpecMistake> Mistakes =>
        [.. mistakes.OrderBy(mistake => mistake.Row ?? int.MaxValue).ThenBy(mistake => mistake.Column ?? int.MaxValue)];

    public bool HasMistakes => mistakes.Count > 0;

    public void Add<T>(Setting<T> setting, SpecNode node, T value) => given[setting] = (value, node);

    /// <summary>The value that is given, or the default.</summary>
    public T Of<T>(Setting<T> setting) => given.TryGetValue(setting, out (object? Value, SpecNode Node) entry) ? (T)entry.Value! : setting.Default;

    public bool Has(Setting setting) => given.ContainsKey(setting);

    /// <summary>Whether the setting was given, but not as it must be.</summary>
    public bool WasRefused(Setting setting) => mistakes.Any(mistake => mistake.Setting == setting.Path);

    public void Refuse(SpecPlace place, string setting, string? value, string sentence) => mistakes.Add(place.Mistake(setting, value, sentence));

    /// <summary>Complains of a setting where it stands; of one that was not given, without a place.</summary>
    public void Refuse(Setting setting, string sentence)
    {
        bool there = given.TryGetValue(setting, out (object? Value, SpecNode Node) entry);
        Refuse(there ? entry.Node.Place : new SpecPlace(file), setting.Path, there ? entry.Node.AsTyped : null, sentence);
    }

    /// <summary>Complains of settings that are given beside what makes them meaningless.</summary>
    /// <param name="beside">Why, to follow "is given".</param>
    public void RefuseIdle(string beside, params IEnumerable<Setting> settings)
    {
        foreach (Setting setting in settings.Where(Has))
        {
            Refuse(setting, $"{setting.Path} is given {beside}");
        }
    }

    /// <summary>As it was typed.</summary>
    public string Typed(Setting setting) => given.TryGetValue(setting, out (object? Value, SpecNode Node) entry) ? entry.Node.AsTyped : "left out";
}
