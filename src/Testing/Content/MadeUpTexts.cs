using System.Text;
using System.Text.Json;

namespace EdgeFlora.Testing.Content;

/// <summary>Short texts of three kinds, told apart by their words.</summary>
internal static class MadeUpTexts
{
    private const int Examples = 60;

    private static readonly string[] Verbs = ["opens", "closes", "reads", "copies", "checks", "returns", "waits for", "creates"];

    private static readonly string[][] Things =
    [
        ["a file", "the folder", "the path of a stream", "a directory entry"],
        ["a socket", "the host name", "a network address", "the remote connection"],
        ["a date", "the time zone", "an interval of seconds", "the calendar day"],
    ];

    public static IReadOnlyList<string> Labels { get; } = ["files", "network", "time"];

    /// <summary>Every word that occurs, once.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        .. Verbs.Concat(Things.SelectMany(things => things)).SelectMany(text => text.Split(' '))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>One object with <c>text</c> and <c>label</c> a line; others for every name.</summary>
    public static string Of(string name)
    {
        int shift = name.Sum(letter => letter);
        var lines = new StringBuilder();
        for (int i = 0; i < Examples; i++)
        {
            int label = i % Labels.Count;
            string text = $"{Verbs[(i + shift) % Verbs.Length]} {Things[label][(i / Labels.Count * 7 + shift) % Things[label].Length]}";
            lines.AppendLine(JsonSerializer.Serialize(new { text, label = Labels[label] }));
        }

        return lines.ToString();
    }
}
