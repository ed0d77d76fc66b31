using System.Text.RegularExpressions;

namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>The pages of docs/reference say what the code says: they are made from it.</summary>
/// <remarks><c>EDGEFLORA_ACCEPT_DOCS=1</c> writes them anew.</remarks>
public sealed partial class ReferenceTests
{
    private static readonly bool Accept = Environment.GetEnvironmentVariable("EDGEFLORA_ACCEPT_DOCS") == "1";

    private static readonly Dictionary<string, Func<string>> Pages = new()
    {
        ["coordinator.md"] = SettingsPage.Text,
        ["metrics.md"] = MetricsPage.Text,
        ["events.md"] = EventsPage.Text,
        ["exit-codes.md"] = ExitCodesPage.Text,
        ["environment.md"] = EnvironmentPage.Text,
    };

    private static string Folder => Path.Combine(SourceTree.Root, "docs", "reference");

    public static TheoryData<string> Names => [.. Pages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_is_what_the_code_says(string page)
    {
        string file = Path.Combine(Folder, page);
        string text = Pages[page]();
        if (Accept)
        {
            File.WriteAllText(file, text);
        }

        string[] written = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] made = text.Split('\n')[..^1];

        Assert.True(
            written.SequenceEqual(made),
            $"docs/reference/{page} is not what the code says. Run this test with EDGEFLORA_ACCEPT_DOCS=1 and commit the page."
                + $"\nGone:\n{Lines(written.Except(made))}\nNew:\n{Lines(made.Except(written))}");
    }

    /// <summary>Whatever a source file names is on the page: a variable that is read without a constant would be missing there.</summary>
    [Fact]
    public void Every_variable_that_the_code_names_is_on_its_page()
    {
        IEnumerable<string> named = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Variables().Matches(File.ReadAllText(file)).Select(match => match.Value)).Distinct();

        Assert.Empty(named.Where(name => name != "EDGEFLORA_" && !name.StartsWith("EDGEFLORA_AGENT__", StringComparison.Ordinal))
            .Except(EnvironmentPage.Own.Keys));
    }

    [GeneratedRegex(@"\bEDGEFLORA_[A-Z0-9_]*")]
    private static partial Regex Variables();

    [Fact]
    public void Every_page_is_made_or_the_index()
    {
        string index = File.ReadAllText(Path.Combine(Folder, "README.md"));

        Assert.Equal(
            Pages.Keys.Append("README.md").Order(StringComparer.Ordinal),
            Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        Assert.All(Pages.Keys, page => Assert.Contains($"({page})", index, StringComparison.Ordinal));
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Take(30).Select(line => "  " + line));
}
