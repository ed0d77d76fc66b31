using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>What a command shows: text for people, or JSON for programs.</summary>
/// <param name="Json">Whether JSON is wanted.</param>
internal sealed record Answer(TextWriter Output, bool Json)
{
    private static readonly JsonSerializerOptions Readable = ApiJson.Configured(
        new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    private static readonly JsonSerializerOptions Compact = ApiJson.Configured(
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Shows a value.</summary>
    /// <param name="text">Its lines for people; what agents and files brought in is made fit to be shown.</param>
    public void Show<T>(T value, Func<T, IEnumerable<string>> text)
    {
        if (Json)
        {
            Output.WriteLine(JsonSerializer.Serialize(value, Readable));
            return;
        }

        foreach (string line in text(value))
        {
            Output.WriteLine(SafeText.Shown(line));
        }
    }

    /// <summary>Shows one of many values: a line of JSON (JSON Lines), or a line of text, if it is worth one.</summary>
    public void Line<T>(T value, Func<T, string?> text)
    {
        if (Json)
        {
            Output.WriteLine(JsonSerializer.Serialize(value, Compact));
        }
        else if (text(value) is { } line)
        {
            Output.WriteLine(SafeText.Shown(line));
        }
    }

    /// <summary>A line for people only.</summary>
    public void Say(string line)
    {
        if (!Json)
        {
            Output.WriteLine(SafeText.Shown(line));
        }
    }
}
