using System.Globalization;
using System.Text.RegularExpressions;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>Turns what the options complain of, in their words, into mistakes of a spec, in its words and at its places.</summary>
internal static partial class OptionComplaints
{
    private static readonly Dictionary<string, Setting> ByOption = SpecSections.Settings.ToDictionary(
        setting => setting.Option,
        StringComparer.Ordinal);

    public static void Add(IEnumerable<string> complaints, SettingValues values)
    {
        foreach (string complaint in complaints)
        {
            Setting[] named = [.. OptionName().Matches(complaint).Select(match => ByOption.GetValueOrDefault(match.Value)).OfType<Setting>()];
            if (named.Any(values.WasRefused))
            {
                continue; // it speaks of a default that stands in for a value which is wrong anyway
            }

            string sentence = OptionName().Replace(
                complaint,
                match => ByOption.TryGetValue(match.Value, out Setting? setting) ? setting.Path : match.Value);
            sentence = Time().Replace(sentence.TrimEnd('.'), match => DurationText.Format(TimeSpan.Parse(match.Value, CultureInfo.InvariantCulture)));

            // Of settings that contradict each other, the mistake stands at one that was written down.
            if ((named.FirstOrDefault(values.Has) ?? named.FirstOrDefault()) is { } setting)
            {
                values.Refuse(setting, sentence);
            }
            else
            {
                values.Refuse(TopSection.Name, sentence);
            }
        }
    }

    /// <summary>Names of options have a colon; those of the top stand first.</summary>
    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(?::[A-Z][A-Za-z]+)+|^[A-Z][A-Za-z]+(?= )|\bTask(?= to )")]
    private static partial Regex OptionName();

    /// <summary>Times as .NET writes them.</summary>
    [GeneratedRegex(@"\b(?:[0-9]+\.)?[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?\b")]
    private static partial Regex Time();
}
