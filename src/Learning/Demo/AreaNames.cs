using System.Text.RegularExpressions;

namespace EdgeFlora.Learning.Demo;

/// <summary>Hides the words of the areas' namespaces ("cryptography", "json", "socket" is none), so that a label can't be read off.</summary>
internal static partial class AreaNames
{
    private static readonly HashSet<string> Words =
        DemoArea.All.SelectMany(area => area.Namespaces)
            .SelectMany(name => Hump().Split(name))
            .Select(word => word.ToLowerInvariant())
            .SelectMany(word => word.EndsWith('s') ? new[] { word, word[..^1] } : [word, word + "s"])
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>The text with every such word, singular or plural, of any area and in any case, written <c>_</c>.</summary>
    public static string Hide(string text) =>
        Run().Replace(Word().Replace(text, match => Words.Contains(match.Value.ToLowerInvariant()) ? "_" : match.Value), "_");

    /// <summary>A dot, or the place before a capital that follows a small letter.</summary>
    [GeneratedRegex(@"\.|(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Hump();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();

    [GeneratedRegex("_(?:[ .-]?_)+")]
    private static partial Regex Run();
}
