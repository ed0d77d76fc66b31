using System.Text;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>Settings from beside a spec's file, such as a command line's <c>--set rounds.count=5</c>, which count instead of the file's.</summary>
internal static class SpecOverrides
{
    /// <exception cref="SpecSyntaxException">An override is not written as <c>path=value</c>.</exception>
    public static SpecSection Apply(SpecSection document, IReadOnlyList<string> overrides)
    {
        foreach (string text in overrides)
        {
            var place = new SpecPlace($"--set {text}");
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string[] path = equals > 0 ? text[..equals].Trim().Split('.') : [];
            if (path.Length is 0 or > 2 || path.Any(string.IsNullOrWhiteSpace))
            {
                throw new SpecSyntaxException(place, "it must be SETTING=VALUE, such as rounds.count=5");
            }

            SpecNode value = Value(text[(equals + 1)..], place);
            document = path.Length == 1 ? With(document, path[0], value, place) : With(
                document, path[0], With(Inner(document, path[0]), path[1], value, place), place);
        }

        return document;
    }

    private static SpecSection Inner(SpecSection document, string name) =>
        document.Entries.FirstOrDefault(entry => entry.Name == name)?.Value as SpecSection ?? new SpecSection(document.Place, []);

    private static SpecSection With(SpecSection section, string name, SpecNode value, SpecPlace place) =>
        section with { Entries = [.. section.Entries.Where(entry => entry.Name != name), new SpecEntry(place, name, value)] };

    private static SpecNode Value(string text, SpecPlace place) => Relocated(
        text.Length == 0 ? new SpecScalar(place, "", false) : YamlDocument.Read(
            SpecText.Decode(Encoding.UTF8.GetBytes(text), place.File), place.File),
        place);

    /// <summary>Rows and columns within an override say nothing.</summary>
    private static SpecNode Relocated(SpecNode node, SpecPlace place) => node switch
    {
        SpecList list => new SpecList(place, [.. list.Items.Select(item => Relocated(item, place))]),
        SpecSection section => new SpecSection(
            place,
            [.. section.Entries.Select(entry => new SpecEntry(place, entry.Name, Relocated(entry.Value, place)))]),
        _ => node with { Place = place },
    };
}
