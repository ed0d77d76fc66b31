using System.Text.Json;

namespace EdgeFlora.Cli.Tests;

/// <summary>
/// Cases after public bug reports that lie beside some checkouts, in a folder <c>shared/cases</c> above the tests; without them their test is
/// skipped.
/// </summary>
/// <param name="Id">Short name.</param>
/// <param name="Commands">Command lines, one after the other; each split into its arguments.</param>
/// <param name="Expect">What should come out, in words and figures.</param>
internal sealed record SharedCase(string Id, IReadOnlyList<string[]> Commands, string Expect)
{
    /// <param name="output">Folder for what the commands write.</param>
    public static IReadOnlyList<SharedCase> All(string output)
    {
        DirectoryInfo? above = new(AppContext.BaseDirectory);
        while (above is not null && !File.Exists(In(above)))
        {
            above = above.Parent;
        }

        Assert.SkipWhen(above is null, "no folder above the tests has shared/cases/cases.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(In(above!)));
        string folder = Path.GetDirectoryName(In(above!))!;
        return [.. document.RootElement.EnumerateArray().Select(entry => new SharedCase(
            entry.GetProperty("id").GetString()!,
            [.. entry.GetProperty("cmd").GetString()!.Split(" && ").Select(line => Arguments(line, folder, output))],
            entry.GetProperty("expect").GetString()!))];

        static string In(DirectoryInfo root) => Path.Combine(root.FullName, "shared", "cases", "cases.json");
    }

    /// <summary>As a shell splits a line: by spaces outside quotes.</summary>
    private static string[] Arguments(string line, string cases, string output)
    {
        var arguments = new List<string>();
        string current = "";
        char? quote = null;
        foreach (char c in line.TrimEnd() + ' ')
        {
            if (quote is null ? c is '\'' or '"' : c == quote)
            {
                quote = quote is null ? c : null;
            }
            else if (c == ' ' && quote is null)
            {
                arguments.Add(current.Replace("$C", cases, StringComparison.Ordinal).Replace("$W", output, StringComparison.Ordinal));
                current = "";
            }
            else
            {
                current += c;
            }
        }

        return [.. arguments.Where(argument => argument.Length > 0)];
    }
}
