namespace EdgeFlora.Architecture.Tests;

/// <summary>Documents can be found.</summary>
public sealed class DocumentIndexTests
{
    [Fact]
    public void Every_decision_stands_in_the_index()
    {
        string folder = Path.Combine(SourceTree.Root, "docs", "decisions");
        string index = File.ReadAllText(Path.Combine(folder, "README.md"));

        Assert.DoesNotContain(
            Directory.GetFiles(folder, "*.md").Select(file => Path.GetFileName(file)!),
            page => page != "README.md" && !index.Contains($"({page})", StringComparison.Ordinal));
    }
}
