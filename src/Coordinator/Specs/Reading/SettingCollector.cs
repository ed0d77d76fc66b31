using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>Finds the settings of a document, and complains of what is none.</summary>
/// <param name="top">Settings that stand in no section.</param>
/// <param name="document">What is read: <c>a spec</c>.</param>
internal sealed class SettingCollector(SettingValues values, SpecSectionSettings top, IReadOnlyList<SpecSectionSettings> named, string document)
{
    public void Collect(SpecSection content)
    {
        foreach (SpecEntry entry in Once(content, ""))
        {
            if (named.FirstOrDefault(section => section.Name == entry.Name) is { } section)
            {
                Collect(entry, section);
            }
            else
            {
                Read(entry, top, named.Select(known => known.Name));
            }
        }
    }

    private void Collect(SpecEntry entry, SpecSectionSettings section)
    {
        if (entry.Value is SpecSection content)
        {
            foreach (SpecEntry setting in Once(content, section.Name + "."))
            {
                Read(setting, section, []);
            }
        }
        else
        {
            string first = section.Settings[0].Name;
            values.Refuse(
                entry.Value.Place,
                entry.Name,
                entry.Value.AsTyped,
                $"{entry.Name} is {entry.Value.AsTyped}; it is a section with settings of its own, such as {entry.Name}.{first}");
        }
    }

    private void Read(SpecEntry entry, SpecSectionSettings section, IEnumerable<string> others)
    {
        if (section.Settings.FirstOrDefault(setting => setting.Name == entry.Name) is { } known)
        {
            known.Read(entry.Value, values);
            return;
        }

        string path = section.Name.Length == 0 ? entry.Name : $"{section.Name}.{entry.Name}";
        string shown = new SpecScalar(entry.Place, path, Quoted: true).AsTyped;
        values.Refuse(entry.Place, path, entry.Value.AsTyped, $"{shown} is not a setting; {Suggestion(entry.Name, section, others)}");
    }

    private string Suggestion(string name, SpecSectionSettings section, IEnumerable<string> others)
    {
        string[] here = [.. section.Settings.Select(setting => setting.Name), .. others];
        if (NearestWord.Of(name, here) is { } near)
        {
            return $"did you mean {(section.Name.Length == 0 ? near : $"{section.Name}.{near}")}?";
        }

        return named.Prepend(top).SelectMany(known => known.Settings)
            .FirstOrDefault(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } elsewhere
            ? $"did you mean {elsewhere.Path}?"
            : $"{(section.Name.Length == 0 ? document : section.Name)} has {string.Join(", ", here)}";
    }

    private IEnumerable<SpecEntry> Once(SpecSection section, string prefix)
    {
        var seen = new Dictionary<string, SpecEntry>(StringComparer.Ordinal);
        foreach (SpecEntry entry in section.Entries)
        {
            if (seen.TryAdd(entry.Name, entry))
            {
                yield return entry;
            }
            else
            {
                string first = seen[entry.Name].Place.Row is { } row ? FormattableString.Invariant($" (first in line {row})") : "";
                values.Refuse(
                    entry.Place, prefix + entry.Name, entry.Value.AsTyped, $"{prefix}{entry.Name} is given twice{first}; leave one of them out");
            }
        }
    }
}
